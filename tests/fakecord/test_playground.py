"""The playground in a real browser, with a small discord.py bot behind it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio
import yarl
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from fakecord import Fakecord, GuildHandle, Permission
from tests.fakecord.party_bot import Bot

# One browser for the file: everything here lives in one event loop.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CHROMIUM = os.environ.get("RALLYPOINT_TEST_CHROMIUM", "/usr/bin/chromium")
SWITCHES = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
).split()
SCRIPT = '<img src=x onerror="window.caught=1"><script>window.caught=1</script>'


class Visitors:
    """`await visit("alice")`: the page as she sees it. What it asks for and what goes wrong is kept."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []

    async def __call__(self, member: str, *, width: int = 1280, height: int = 800) -> Page:
        context = await self._browser.new_context(viewport={"width": width, "height": height})
        self._contexts.append(context)
        page = await context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda told: self._note(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("dialog", lambda dialog: self._note(dialog.message))
        await page.goto(f"{self._url}/#member={member}")
        await expect(page.locator("#live")).to_have_text("live")
        await expect(page.locator("#reader")).to_have_text(f"as {member} reads it")
        return page

    def _note(self, words: str) -> None:
        self.wrong.append(words)

    async def leave(self) -> None:
        for context in self._contexts:
            await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def fake() -> AsyncIterator[Fakecord]:
    async with Fakecord() as fake:
        yield fake


@pytest.fixture
def home(fake: Fakecord) -> GuildHandle:
    """Alice owns it; Bob is a member."""
    home = fake.guild("Home", bot_permissions=Permission.ADMINISTRATOR)
    home.member("alice", owner=True)
    home.member("bob")
    return home


@pytest_asyncio.fixture(loop_scope="module")
async def bot(fake: Fakecord, home: GuildHandle, monkeypatch) -> AsyncIterator[Bot]:
    gateway = yarl.URL(fake.gateway_url + "/")
    monkeypatch.setattr(discord.http.Route, "BASE", fake.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    bot = Bot()
    running = asyncio.create_task(bot.start(fake.token))
    async with asyncio.timeout(10):
        await bot.ready.wait()
    yield bot
    await bot.close()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, fake: Fakecord, home: GuildHandle) -> AsyncIterator[Visitors]:
    """Every test here also promises that nothing leaves this machine, and that no script fails."""
    visitors = Visitors(browser, fake.url)
    yield visitors
    await visitors.leave()
    assert visitors.asked
    assert [url for url in visitors.asked if not url.startswith(fake.url + "/")] == []
    assert visitors.wrong == []


def chat(page: Page) -> Locator:
    return page.get_by_role("log")


def seats(page: Page, channel: str) -> Locator:
    return page.get_by_role("list", name=f"In {channel}")


def composer(page: Page) -> Locator:
    return page.get_by_label("Message, or / for")


async def open_command(page: Page, command: str) -> None:
    await composer(page).fill(command)
    await page.keyboard.press("Enter")


async def run(page: Page, command: str) -> None:
    """One without options, by keyboard."""
    await open_command(page, command)
    await page.get_by_role("button", name="Run").press("Enter")


async def be(page: Page, member: str) -> None:
    await page.get_by_label("You are").select_option(label=member)
    await expect(page.locator("#reader")).to_have_text(f"as {member} reads it")


async def test_alice_sits_in_voice_within_a_second_for_everybody_and_leaves(home, bot, visit):
    hers, bobs = await visit("alice"), await visit("bob")

    await hers.get_by_role("button", name="Join Lobby").click()

    await expect(seats(hers, "Lobby")).to_contain_text("alice", timeout=1000)
    await expect(seats(bobs, "Lobby")).to_contain_text("alice", timeout=1000)
    assert home.channel("Lobby").occupants == ["alice"]

    await hers.get_by_role("button", name="Mute").click()

    await expect(seats(bobs, "Lobby").get_by_role("img", name="muted")).to_be_visible()

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
    told = bot.get_partial_messageable(
        (await bot.create_dm(discord.Object(int(home.member("alice").id)))).id  # type: ignore[arg-type]
    )
    await told.send("Between us")

    await page.get_by_role("button", name="Direct messages").click()

    await expect(chat(page)).to_contain_text("Between us")

    await be(page, "bob")

    await expect(page.get_by_role("button", name="Direct messages")).to_have_count(0)
    await expect(chat(page)).not_to_contain_text("Between us")


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


async def test_names_and_messages_run_no_script(home, visit):
    mallory = home.member('<b onclick="caught=1">m')
    await home.channel("general").edit(name=SCRIPT)
    await home.channel("Lobby").edit(name='"><svg onload="window.caught=1">')
    await mallory.joins('"><svg onload="window.caught=1">')
    said = f"{SCRIPT} [x](javascript:window.caught=1) ~~{SCRIPT}~~ ```{SCRIPT}```"
    await mallory.types(said, channel=SCRIPT)
    page = await visit("alice")

    await expect(chat(page)).to_contain_text(f"{SCRIPT} [x](javascript:window.caught=1) {SCRIPT}")
    await expect(page.get_by_role("heading", name=SCRIPT)).to_be_visible()
    await expect(seats(page, '"><svg')).to_contain_text("<b onclick")
    await expect(
        page.locator("main :is(script, img, b), nav :is(b, img, svg[onload])")
    ).to_have_count(0)
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


async def test_time_is_stopped_and_moved_by_hand(fake, visit):
    page = await visit("alice")
    clock = page.get_by_role("group", name="Clock")
    await clock.get_by_role("button", name="Freeze").click()
    await expect(clock).to_contain_text("frozen")
    before = fake.clock.now()

    await clock.get_by_role("button", name="by 10 seconds").click()
    await clock.get_by_role("button", name="by one minute").click()
    await clock.get_by_role("button", name="Freeze").click()
    await expect(clock).to_contain_text("running")

    assert 70 <= fake.clock.now() - before < 80


async def test_a_promised_time_comes_nearer_as_the_clock_moves(fake, home, visit):
    fake.clock.freeze()
    due = int(fake.clock.now()) + 120
    await home.member("bob").types(f"It begins <t:{due}:R>")
    page = await visit("alice")
    await expect(chat(page)).to_contain_text("It begins in 2 minutes")

    await page.get_by_role("button", name="by one minute").click()

    await expect(chat(page)).to_contain_text("It begins in 1 minute")


async def test_an_outage_and_a_dropped_gateway_are_made_and_seen(fake, home, bot, visit):
    page = await visit("alice")
    await page.get_by_role("button", name="Begin an outage").click()
    await expect(page.get_by_text("This server has an outage")).to_be_visible()
    assert home.state.guild.unavailable

    await page.get_by_role("button", name="End the outage").click()
    await expect(page.get_by_text("This server has an outage")).to_have_count(0)

    await page.get_by_role("button", name="Drop the connection").click()
    await fake.until(lambda: fake.gateway.resumes)

    await expect(page.get_by_role("group", name="Gateway")).to_contain_text("connected")


async def test_the_bots_requests_are_listed_with_their_answers(bot, visit):
    page = await visit("alice")
    await bot.guilds[0].create_voice_channel("Den", reason="A place to be")

    newest = page.locator("#requests li").first
    await expect(newest).to_contain_text("POST201")
    await expect(newest).to_contain_text("A place to be")
    await expect(page.get_by_role("button", name="Join Den")).to_be_visible()


async def test_without_a_bot_the_page_says_how_to_connect_one(fake, visit):
    page = await visit("alice")

    card = page.get_by_role("region", name="No bot is connected yet")
    await expect(card).to_contain_text(fake.api_url)
    await expect(card).to_contain_text(fake.token)


async def test_a_bot_that_does_not_answer_is_told_of(fake, bot, visit):
    page = await visit("alice")
    fake.gateway.lose_next("INTERACTION_CREATE")
    await run(page, "/party")

    await expect(page.get_by_role("alert")).to_have_text("The application did not respond.")


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


async def test_the_page_says_when_it_is_cut_off_and_comes_back(fake, home, visit):
    page = await visit("alice")
    await fake.stop()
    await expect(page.locator("#live")).to_have_text("not live")

    async with Fakecord(port=int(fake.url.rpartition(":")[2])) as again:
        again.restore(fake.export())
        await again.guild("Home").member("bob").types("I am back")

        await expect(page.locator("#live")).to_have_text("live", timeout=15_000)
        await expect(chat(page)).to_contain_text("I am back")
        await visit.leave()
    visit.wrong.clear()  # the browser reports every connection it lost


@pytest.mark.parametrize("width", [320, 390, 768])
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

    nameless = await page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, a")]
          .filter((each) => each.checkVisibility() && !each.getAttribute("aria-label"))
          .filter((each) => !each.labels?.length && !each.innerText.trim())
          .map((each) => each.outerHTML)"""
    )
    ids = await page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")

    assert nameless == []
    assert sorted(ids) == sorted(set(ids))
