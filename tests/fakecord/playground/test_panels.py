"""The panels beside the chat: faults, the bot's connection, rights, and the log of its requests."""

from __future__ import annotations

import re

import aiohttp
import discord
import pytest
from playwright.async_api import expect

from fakecord import Permission
from fakecord.intents import Intent
from tests.fakecord.clients import Socket
from tests.fakecord.playground.acts import be, chat, inject, look_at, run

# What the form says once it is sent, as it stands.
SUBMITTED = """(form) => new Promise((told) => {
  const said = () => [...form.querySelectorAll("[role=status], [role=alert]")].map((each) => each.textContent).join("");
  new MutationObserver(() => said() && told(said())).observe(form, { subtree: true, childList: true });
  form.requestSubmit();
})"""
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_the_bot_is_dropped_and_seen_to_resume(fake, bot, visit):
    page = await visit("alice")
    panel = await look_at(page, "Bot")
    await expect(panel.get_by_role("region", name="Session of shard 0")).to_contain_text(
        "connected"
    )
    await look_at(page, "Faults")

    await inject(page, "Drop the connection", Close_code="4000 unknown error")
    await fake.until(lambda: fake.gateway.resumes and fake.gateway.connected)

    panel = await look_at(page, "Bot")
    await expect(panel.get_by_role("group", name="Gateway")).to_contain_text("Resumedonce")
    await expect(panel.get_by_role("region", name="Session of shard 0")).to_contain_text(
        "connected"
    )


async def test_a_fault_is_set_seen_to_strike_and_ended(fake, home, bot, visit):
    page = await visit("alice")
    panel = await look_at(page, "Faults")
    under_way = panel.get_by_role("list", name="Under way")
    await expect(under_way).to_contain_text("everything works as it should")

    await inject(page, "Error after the work", Status="503", Method="POST", Times="")
    await expect(under_way).to_contain_text("POST every request: 503 after, every time")
    with pytest.raises(discord.DiscordServerError):
        await home_channel(bot, home).send("Twice?", nonce=1)

    await expect(under_way).to_contain_text("struck")
    await under_way.get_by_role("button", name="End").click()
    await expect(under_way).to_contain_text("everything works as it should")
    log = await look_at(page, "Requests")
    await expect(log.get_by_role("listitem").first).to_contain_text("carried out all the same")
    assert fake.faults.all() == []


def home_channel(bot, home):
    return bot.get_partial_messageable(int(home.channel("general").id))


async def test_an_outage_begins_and_ends(home, visit):
    page = await visit("alice")
    await look_at(page, "Faults")

    await inject(page, "Outage")

    await expect(page.get_by_text("This server has an outage")).to_be_visible()
    assert home.state.guild.unavailable

    await page.get_by_role("button", name="End: Home has an outage").click()

    await expect(page.get_by_text("This server has an outage")).to_have_count(0)
    assert not home.state.guild.unavailable


async def test_a_mistake_is_said_where_it_was_made(visit):
    page = await visit("alice")
    await look_at(page, "Faults")

    dropped = await inject(page, "Drop the connection")
    await expect(dropped.get_by_role("alert")).to_contain_text("No bot is connected")

    slow = await inject(page, "Slow answers", Route_or_pattern="(")
    await expect(slow.get_by_role("alert")).to_contain_text("no regular expression")
    visit.wrong.clear()  # the browser itself reports every 400


async def test_every_fault_can_be_injected(fake, home, visit):
    """By its own form, as it stands: each has something in every field it needs."""
    page = await visit("alice")
    panel = await look_at(page, "Faults")
    titles = await panel.locator("summary").all_text_contents()
    bots = []  # one that nobody holds any more hangs up
    async with aiohttp.ClientSession() as http:
        for title in titles:
            if not fake.gateway.connected:
                bots.append(await log_in(fake, http))
            form = page.locator(f'form[aria-label="{title}"]')
            assert await form.evaluate(SUBMITTED) == "Done.", title
            fake.gateway.refuse(0)

    assert len(fake.faults.all()) == 10
    assert len(fake.gateway.events.all()) == 4 + len(["late GUILD_CREATE"])
    assert {each.fault for each in fake.trace} == {
        "drop", "abort", "half_open", "zombie", "reconnect", "invalid", "ask_heartbeat", "refuse",
        "outage", "lose_permission", "reset_token",
    }  # fmt: skip
    await expect(panel.get_by_role("list", name="Under way")).to_contain_text("has an outage")

    await panel.get_by_role("button", name="End all of these").click()

    await expect(panel.get_by_role("list", name="Under way")).to_contain_text("as it should")
    assert not home.state.guild.unavailable


async def log_in(fake, http):
    socket = Socket(await http.ws_connect(fake.gateway_url + "/", params={"v": "10"}))
    await socket.next(10)
    await socket.identify(fake.token, int(Intent.GUILDS))
    return socket


async def test_a_permission_is_taken_away_and_the_refusal_logged(home, bot, visit):
    await home.channel("general").overwrite("@everyone", deny=0)
    home.bot_may(Permission.VIEW_CHANNEL, Permission.MANAGE_CHANNELS)
    page = await visit("alice")
    panel = await look_at(page, "Rights")
    await panel.get_by_label("Rights of").select_option("bot (bot)")
    await panel.get_by_label("Show only").fill("send messages")
    allowed = panel.get_by_role("button", name="Send messages: yes, @everyone allows it")
    await expect(allowed).to_be_visible()

    await allowed.click()
    await panel.get_by_label("For", exact=True).select_option("@everyone, in #general")
    await panel.get_by_label("Is", exact=True).select_option("denied")
    await panel.get_by_role("button", name="Change", exact=True).click()

    why = "Send messages: no, @everyone in general denies it"
    await expect(panel.get_by_role("button", name=why)).to_be_visible()
    with pytest.raises(discord.Forbidden):
        await home_channel(bot, home).send("May I?")
    log = await look_at(page, "Requests")
    refused = log.get_by_role("listitem").first
    await expect(refused).to_contain_text("50013 Missing Permissions")
    await expect(refused).to_have_class("refused")

    await log.get_by_label("Only what was refused").check()

    await expect(log.get_by_role("listitem")).to_have_count(1)

    await log.get_by_label("Show only").fill("nothing like it")

    await expect(log.get_by_role("listitem")).to_have_count(0)


async def test_roles_and_timeouts_are_given_by_those_who_may(home, visit, eventually):
    async def roles_of_bob():
        return home.member("bob").entity.roles

    page = await visit("alice")
    panel = await look_at(page, "Rights")
    await panel.get_by_label("Name of a new role").fill("Keeper")
    await page.keyboard.press("Enter")
    await panel.get_by_label("Rights of").select_option("bob")
    await expect(panel.get_by_role("button", name="Time bob out")).to_be_visible()
    await panel.get_by_role("checkbox", name="Keeper").check()
    await eventually(roles_of_bob, (home.role("Keeper").id,))
    await panel.get_by_role("button", name="Time bob out").click()
    await panel.get_by_label("Show only").fill("speak")

    await expect(
        panel.get_by_role("button", name=re.compile("^Speak: no, the timeout"))
    ).to_be_visible()

    await page.get_by_label("You are").select_option(home.member("bob").id)
    await expect(page.locator("#reader")).to_have_text("as bob reads it")
    await panel.get_by_role("button", name="End the timeout").click()

    await expect(panel.get_by_role("alert")).to_contain_text("that takes MODERATE_MEMBERS")
    visit.wrong.clear()  # the browser itself reports every 409


async def test_a_channel_is_made_changed_and_deleted_by_alice_and_not_by_bob(home, visit):
    page = await visit("alice")
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="New channel").click()
    await dialog.get_by_label("Name").fill("plans")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="plans")).to_be_visible()

    await page.get_by_role("button", name="Change plans").click()
    await dialog.get_by_label("Name").fill("dreams")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="dreams")).to_be_visible()

    await page.get_by_role("button", name="Change dreams").click()
    await dialog.get_by_role("button", name="Delete the channel").click()
    await expect(page.get_by_role("heading", name="general")).to_be_visible()
    assert not home.has_channel("dreams")

    await be(page, "bob")
    await page.get_by_role("button", name="New channel").click()
    await dialog.get_by_label("Name").fill("mine")
    await page.keyboard.press("Enter")

    await expect(dialog.get_by_role("alert")).to_contain_text("bob may not create channels")
    visit.wrong.clear()  # the browser itself reports every 409


async def test_a_thread_is_started_from_a_message_and_left(home, visit):
    await home.member("bob").types("Which film?")
    page = await visit("alice")
    await chat(page).get_by_role("article").hover()
    await chat(page).get_by_role("button", name="Start a thread").click()
    await page.get_by_role("dialog").get_by_role("button", name="Start").click()
    await expect(page.get_by_role("heading", name="Which film?")).to_be_visible()

    await page.get_by_role("button", name="Leave the thread").click()
    await expect(page.get_by_role("button", name="Join the thread")).to_be_visible()

    assert home.channel("Which film?").members == []


async def test_a_reaction_is_put_on_an_answer_of_the_bot_and_taken_back(bot, visit):
    page = await visit("alice")
    await run(page, "/party")
    answer = chat(page).get_by_role("article").last
    await answer.hover()
    await answer.locator("summary").click()
    await answer.get_by_role("button", name="React with 👍").click()
    mine = answer.get_by_role("button", name="👍, 1: alice")
    await expect(mine).to_have_attribute("aria-pressed", "true")

    await mine.click()

    await expect(mine).to_have_count(0)


async def test_the_views_are_reached_by_arrow_keys_and_kept(visit):
    page = await visit("alice")
    await page.get_by_role("tab", name="People").focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Faults")).to_be_focused()
    await expect(page).to_have_url(re.compile("panel=faults"))

    await page.reload()

    await expect(page.get_by_role("tabpanel", name="Faults")).to_be_visible()
    await expect(page.get_by_role("tab", name="Faults")).to_have_attribute("aria-selected", "true")
