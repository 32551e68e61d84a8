"""What people do in the playground, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from fakecord import Permission
from tests.fakecord.playground.acts import be, chat, composer, open_command, run, seats

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_alice_sits_in_voice_within_a_second_for_everybody_and_leaves(home, bot, visit):
    hers, bobs = await visit("alice"), await visit("bob")

    await hers.get_by_role("button", name="Join Lobby").click()

    await expect(seats(hers, "Lobby")).to_contain_text("alice", timeout=1000)
    await expect(seats(bobs, "Lobby")).to_contain_text("alice", timeout=1000)
    assert home.channel("Lobby").occupants == ["alice"]

    await hers.get_by_role("button", name="Mute").click()

    await expect(seats(bobs, "Lobby").get_by_role("img", name="muted")).to_be_visible()

    await hers.get_by_role("button", name="Share the screen").click()

    await expect(seats(bobs, "Lobby")).to_contain_text("LIVE")

    await hers.get_by_role("button", name="Leave voice").click()

    await expect(seats(bobs, "Lobby")).to_have_count(0)
    assert home.channel("Lobby").occupants == []


async def test_alice_moves_from_one_voice_channel_to_another(home, visit):
    home.add_channel("Attic", "voice", category="Voice")
    page = await visit("alice")
    await page.get_by_role("button", name="Join Lobby").click()
    await expect(seats(page, "Lobby")).to_contain_text("alice")

    await page.get_by_role("button", name="Join Attic").click()

    await expect(seats(page, "Attic")).to_contain_text("alice")
    await expect(seats(page, "Lobby")).to_have_count(0)


async def test_bob_joins_a_room_by_its_name_in_the_chat(home, visit):
    page = await visit("bob")
    await home.member("alice").types(f"Come to <#{home.channel('Lobby').id}>")

    await chat(page).get_by_role("button", name="Lobby").click()

    await expect(seats(page, "Lobby")).to_contain_text("bob")


async def test_a_command_is_found_completed_and_answered_by_keyboard_alone(bot, visit):
    page = await visit("alice")
    await composer(page).press_sequentially("/")
    offered = page.get_by_role("listbox", name="Slash commands").get_by_role("option")
    await expect(offered).to_have_text(
        ["/helloGreet a city", "/ponderThink first", "/partyInvite everybody"]
    )

    await page.keyboard.type("hel")
    await page.keyboard.press("Enter")
    city = page.get_by_role("combobox", name="city required")
    await expect(city).to_be_focused()
    await page.keyboard.type("li")
    suggested = page.get_by_role("listbox", name="Suggestions for city").get_by_role("option")
    await expect(suggested).to_have_text(["Lima", "Lisbon"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(city).to_have_value("Lisbon")
    await page.keyboard.press("Enter")

    answer = chat(page).get_by_role("article").last
    await expect(answer).to_contain_text("alice used /hello")
    await expect(answer).to_contain_text("APP")
    await expect(answer.locator("strong", has_text="LISBON")).to_be_visible()
    await expect(answer.locator("code", has_text="all")).to_be_visible()


async def test_a_command_typed_out_in_full_is_run_as_it_stands(bot, visit):
    page = await visit("alice")

    await open_command(page, "/hello city:Oslo")

    await expect(chat(page)).to_contain_text("Hello Oslo")


async def test_a_deferred_answer_is_thought_about_first(bot, visit):
    page = await visit("alice")
    await run(page, "/ponder")
    await expect(chat(page)).to_contain_text("bot is thinking…")

    bot.thought.set()

    await expect(chat(page)).to_contain_text("It is 42")
    await expect(chat(page)).not_to_contain_text("thinking")


async def test_a_bot_that_does_not_answer_is_told_of(fake, bot, visit):
    page = await visit("alice")
    fake.gateway.lose_next("INTERACTION_CREATE")

    await run(page, "/party")

    await expect(page.get_by_role("alert")).to_have_text("The application did not respond.")


async def test_bob_does_not_see_what_only_alice_may(bot, visit):
    page = await visit("alice")
    await run(page, "/party")

    await page.get_by_role("button", name="Come along").click()

    await expect(chat(page)).to_contain_text("You are on the list")
    await expect(chat(page)).to_contain_text("Only you can see this")

    await be(page, "bob")

    await expect(chat(page).get_by_role("heading", name="Party")).to_be_visible()
    await expect(chat(page)).not_to_contain_text("You are on the list")


async def test_a_select_and_a_modal_reach_the_bot(bot, visit):
    page = await visit("alice")
    await run(page, "/party")
    await page.get_by_label("Colour").select_option("Red")
    await page.get_by_role("button", name="Choose").click()
    await expect(chat(page)).to_contain_text("You picked Red")

    await page.get_by_role("button", name="Stay away").click()
    await page.get_by_role("dialog").get_by_label("Reason").fill("a dragon")
    await page.get_by_role("button", name="Submit").click()

    await expect(chat(page)).to_contain_text("Noted: a dragon")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_what_the_bot_tells_alice_in_private_is_read_by_her_alone(bot, home, visit):
    page = await visit("alice")
    her = await bot.fetch_user(int(home.member("alice").id))
    await her.send("Between us")

    await page.get_by_role("button", name="Direct messages").click()

    await expect(chat(page)).to_contain_text("Between us")

    await be(page, "bob")

    await expect(chat(page)).to_contain_text("have not written to each other yet")
    await expect(chat(page)).not_to_contain_text("Between us")

    await composer(page).fill("Hello, bot")
    await page.keyboard.press("Enter")

    await expect(chat(page)).to_contain_text("Hello, bot")
    assert home.member("bob").reads_direct() == "bob: Hello, bot"


async def test_a_hidden_channel_is_shown_only_to_those_who_may_see_it(home, visit):
    await home.add_channel("cellar").overwrite("@everyone", deny=Permission.VIEW_CHANNEL)
    page = await visit("alice")
    channels = page.get_by_role("navigation", name="Channels")
    await expect(channels.get_by_role("button", name="cellar")).to_be_visible()

    await be(page, "bob")

    await expect(channels.get_by_role("button", name="general")).to_be_visible()
    await expect(channels.get_by_role("button", name="cellar")).to_have_count(0)


async def test_what_discords_client_would_refuse_is_said(home, visit):
    await home.channel("Lobby").edit(user_limit=1)
    await home.member("alice").joins("Lobby")
    page = await visit("bob")

    await page.get_by_role("button", name="Join Lobby").click()

    await expect(page.get_by_role("alert")).to_contain_text('cannot join "Lobby": full (1 of 1)')
    visit.wrong.clear()  # the browser itself reports every 409


async def test_time_is_stopped_and_moved_by_hand(fake, visit):
    page = await visit("alice")
    clock = page.get_by_role("group", name="Clock")
    await clock.get_by_role("button", name="Freeze").click()
    await expect(clock).to_contain_text("frozen")
    before = fake.clock.now()

    await clock.get_by_label("Advance by").fill("70")
    await page.keyboard.press("Enter")
    await fake.until(lambda: fake.clock.now() > before)
    stopped = fake.clock.now()
    await clock.get_by_role("button", name="Run").click()
    await expect(clock).to_contain_text("running")

    assert stopped - before == 70


async def test_a_promised_time_comes_nearer_as_the_clock_moves(fake, home, visit):
    fake.clock.freeze()
    due = int(fake.clock.now()) + 121
    await home.member("bob").types(f"It begins <t:{due}:R>")
    page = await visit("alice")
    await expect(chat(page)).to_contain_text("It begins in 2 minutes")

    await page.get_by_label("Advance by").fill("1")
    await page.get_by_label("Unit").select_option("minutes")
    await page.get_by_role("button", name="Advance").click()

    await expect(chat(page)).to_contain_text("It begins in 1 minute")


async def test_somebody_new_can_be_added_and_played(home, visit):
    page = await visit("alice")
    await page.get_by_label("Name of a new member").fill("charlie")
    await page.get_by_role("button", name="Add").click()

    await be(page, "charlie")
    await composer(page).fill("Hello from me")
    await page.get_by_role("button", name="Send").click()

    await expect(chat(page)).to_contain_text("Hello from me")
    assert "charlie: Hello from me" in home.channel("general").transcript()
