"""The playground as a page: safe, steady, usable by keyboard and on a phone."""

from __future__ import annotations

import discord
import pytest
from playwright.async_api import expect

from fakecord import Fakecord
from tests.fakecord.playground.acts import chat, look_at, open_command, run, seats

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a")]
  .filter((each) => each.checkVisibility() && !each.getAttribute("aria-label"))
  .filter((each) => !each.labels?.length && !each.innerText.trim())
  .map((each) => each.outerHTML)"""
SCRIPT = '<img/src=x/onerror="window.caught=1"><script>window.caught=1</script>'
HANDLER = '"><svg onload="window.caught=1">'


async def test_names_and_messages_run_no_script(home, visit):
    mallory = home.member('<b onclick="caught=1">m')
    await home.channel("general").edit(name=SCRIPT)
    await home.channel("Lobby").edit(name=HANDLER)
    await mallory.joins(HANDLER)
    said = f"{SCRIPT} [x](javascript://%0awindow.caught=1) ~~{SCRIPT}~~ ```{SCRIPT}```"
    await mallory.types(said, channel=SCRIPT)
    page = await visit("alice")

    await expect(chat(page)).to_contain_text(
        f"{SCRIPT} [x](javascript://%0awindow.caught=1) {SCRIPT}"
    )
    await expect(page.get_by_role("heading", name=SCRIPT)).to_be_visible()
    await expect(seats(page, HANDLER)).to_contain_text('<b onclick="caught=1">m')
    made = page.locator(":is(main, nav, aside) :is(script, img, b, [onload], [onclick], [onerror])")
    await expect(made).to_have_count(0)
    await expect(page.locator("a[href^='javascript']")).to_have_count(0)
    assert await page.evaluate("window.caught") is None


async def test_the_pages_policy_forbids_scripts_that_are_not_its_own(visit):
    page = await visit("alice")

    await page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.caught = 1";
          document.body.append(script);
        }"""
    )

    assert await page.evaluate("window.caught") is None
    assert any("Content Security Policy" in told for told in visit.wrong)
    visit.wrong.clear()


async def test_nothing_is_asked_of_any_other_server(bot, home, visit):
    """Not even the picture of an embed, or what a link leads to."""
    page = await visit("alice")
    await home.member("bob").types("https://example.com/a.png [here](https://example.com)")
    channel = bot.get_partial_messageable(int(home.channel("general").id))
    look = discord.Embed(title="Look", url="https://example.com")
    await channel.send(embed=look.set_image(url="https://example.com/b.png"))

    await expect(chat(page).get_by_role("link", name="Look")).to_be_visible()
    origin = page.url.partition("#")[0]
    assert len(visit.asked) > 10
    assert [url for url in visit.asked if not url.startswith(origin)] == []


async def test_without_a_bot_the_page_says_how_to_connect_one(fake, visit):
    page = await visit("alice")

    card = page.get_by_role("region", name="No bot is connected yet")
    await expect(card).to_contain_text(fake.api_url)
    await expect(card).to_contain_text(fake.token)


async def test_the_bots_requests_are_listed_with_their_answers(bot, visit):
    page = await visit("alice")
    await look_at(page, "Requests")
    await bot.guilds[0].create_voice_channel("Den", reason="A place to be")

    newest = page.locator("#requests li").first
    await expect(newest).to_contain_text("POST201")
    await expect(newest).to_contain_text("A place to be")
    await expect(page.get_by_role("button", name="Join Den")).to_be_visible()


async def test_what_alice_is_typing_survives_what_others_do(home, bot, visit):
    page = await visit("alice")
    city = page.get_by_role("combobox", name="city")
    await open_command(page, "/hello")
    await city.fill("Lon")

    await home.member("bob").joins("Lobby")
    await expect(seats(page, "Lobby")).to_contain_text("bob")

    await expect(city).to_have_value("Lon")
    await expect(city).to_be_focused()


async def test_the_focus_stays_on_a_channel_that_is_drawn_anew(home, visit):
    page = await visit("alice")
    join = page.get_by_role("button", name="Join Lobby")
    await join.focus()

    await home.member("bob").joins("Lobby")
    await expect(seats(page, "Lobby")).to_contain_text("bob")

    await expect(join).to_be_focused()


async def test_the_newest_message_stays_in_sight(home, visit):
    page = await visit("alice", height=500)
    for number in range(30):
        await home.member("bob").types(f"Line {number}")

    await expect(chat(page).get_by_text("Line 29")).to_be_in_viewport()


async def test_the_page_says_when_it_is_cut_off_and_comes_back(fake, home, visit):
    page = await visit("alice")
    await fake.stop()
    await expect(page.locator("#live")).to_have_text("not live")

    async with Fakecord(port=int(fake.url.rpartition(":")[2])) as again:
        again.restore(fake.export())
        await again.guild("Home").member("bob").types("I am back")

        await expect(page.locator("#live")).to_have_text("live")
        await expect(chat(page)).to_contain_text("I am back")
        await visit.leave()
    visit.wrong.clear()  # the browser reports every connection it lost


async def test_a_reload_keeps_who_and_where_alice_is(home, visit):
    home.add_channel("attic")
    page = await visit("bob")
    await page.get_by_role("button", name="attic").click()
    await expect(page.get_by_role("heading", name="attic")).to_be_visible()

    await page.reload()

    await expect(page.locator("#reader")).to_have_text("as bob reads it")
    await expect(page.get_by_role("heading", name="attic")).to_be_visible()


@pytest.mark.parametrize("width", [320, 768])
async def test_a_narrow_page_shows_one_part_at_a_time(visit, width):
    page = await visit("alice", width=width)
    await expect(chat(page)).to_be_visible()
    await expect(page.get_by_label("You are")).to_be_hidden()

    await page.get_by_role("button", name="Channels").click()

    await expect(page.get_by_label("You are")).to_be_visible()
    await expect(chat(page)).to_be_hidden()

    await page.get_by_role("button", name="general").click()

    await expect(chat(page)).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_every_control_has_a_name_and_every_id_is_its_own(home, bot, visit):
    page = await visit("alice")
    await home.member("alice").joins("Lobby")
    await run(page, "/party")
    await expect(page.get_by_role("button", name="Come along")).to_be_visible()
    await open_command(page, "/hello")
    await expect(page.get_by_role("combobox", name="city")).to_be_visible()

    for view in ("People", "Bot", "Faults", "Rights", "Requests"):
        await look_at(page, view)
        if view == "Rights":
            await expect(page.get_by_label("Rights of")).to_have_value(home.member("alice").id)
        nameless = await page.evaluate(NAMELESS)
        ids = await page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")

        assert nameless == []
        assert sorted(ids) == sorted(set(ids))
