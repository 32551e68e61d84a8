"""The dashboard in a real browser, as people use it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from rallypoint.features.deliveries.model import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Destination,
)
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.jobs import Interval, Job, schedules
from tests.web.conftest import COOKIE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

CHROMIUM = "RALLYPOINT_TEST_CHROMIUM"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
AXE = Path(__file__).parents[2] / "build" / "web" / "node_modules" / "axe-core" / "axe.min.js"
DESK, PHONE = ViewportSize(width=1200, height=800), ViewportSize(width=360, height=740)
LOOKS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "light": ("light", DESK),
    "dark": ("dark", DESK),
    "phone": ("light", PHONE),
}
LOOK = """async rules => {
  const fading = document.getAnimations().filter(each => each instanceof CSSTransition);
  for (const each of fading) each.finish();
  const { violations } = await axe.run({ ...rules, resultTypes: ["violations"] });
  const wrong = violations.map(each => `${each.id}: ${each.nodes[0].html.slice(0, 120)}`);
  const { scrollWidth } = document.documentElement;
  return scrollWidth > innerWidth ? [...wrong, `${scrollWidth} wide`] : wrong;
}"""
"""What axe finds, and whether something is cut off."""
IN_TOKYO = """() => {
  const time = document.querySelector("time[data-shape=moment]");
  const shape = { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" };
  return time.textContent === new Intl.DateTimeFormat("en", shape).format(Date.parse(time.dateTime));
}"""
"""Whether a page shows its times as they are there."""
RULES: dict[str, Any] = {
    "light": {},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
    "phone": {"rules": {"color-contrast": {"enabled": False}}},
}
"""What axe looks for: nothing twice, for of it the dark page has but other colours, and the phone's has the same."""
EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}${7*7}'-alert(1)-'",
    "</title></textarea><svg onload=alert(1)>",
)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = os.environ.get(CHROMIUM, "/usr/bin/chromium")
        browser = await playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        await browser.close()


class Watched:
    """What went wrong in any page, and what was asked of whom."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.asked: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda told: self._note(told.text) if told.type == "error" else None)
        context.on("weberror", lambda error: self._note(str(error.error)))
        context.on("request", lambda request: self.asked.append(request.url))

    def _note(self, words: str) -> None:
        # A page that says no is none of its scripts' faults.
        if "the server responded with a status of 4" not in words:
            self.wrong.append(words)


@pytest.fixture
async def watched(fake, chromium) -> AsyncIterator[Watched]:
    """Every test here also promises that no script fails, no policy is broken, and no other host is asked."""
    watched = Watched()
    yield watched
    assert watched.wrong == []
    assert [each for each in watched.asked if not each.startswith("http://127.0.0.1:")] == []


@pytest.fixture
def visit(chromium, watched, dashboard, in_):
    """`await visit(alice)`: a page of hers, logged in."""

    async def visit(member=None, **look) -> Page:
        context = await chromium.new_context(**look)
        watched.watch(context)
        if member is not None:
            cookie: Any = {"name": COOKIE, "value": (await in_(member)).cookies[COOKIE]}
            # As over TLS, which this machine is as good as.
            cookie |= {"url": dashboard.replace("http:", "https:"), "secure": True}
            cookie |= {"httpOnly": True, "sameSite": "Lax"}
            await context.add_cookies([cookie])
        page: Page = await context.new_page()
        return page

    return visit


@pytest.fixture
async def schedule(sessions, guild) -> int:
    async def nothing(_work):
        return

    kinds = {"rooms.reconcile": Job(handler=nothing, custom=True)}
    wanted = schedules.Wanted(
        name="Tidy up",
        kind="rooms.reconcile",
        recurrence=Interval(timedelta(hours=1)),
        guild_id=int(guild.id),
    )
    now = SystemClock().now()
    async with sessions.begin() as session:
        return (await schedules.create(session, kinds, wanted, by=None, now=now)).id


@pytest.fixture
def runs_it(fake, alice):
    """Alice runs the program; to be asked for before the house."""
    fake.owned_by(alice)


@pytest.fixture
async def lobby(guild, set_setting) -> str:
    lobby = guild.add_channel("Duo", "voice").id
    await set_setting("rooms.lobbies", lobby, int(guild.id))
    return str(lobby)


@pytest.fixture
async def sent(sessions, guild, plant_subscription) -> list[str]:
    """The pages of a subscription, its destination and a delivery, all of them named by somebody evil."""
    number = await plant_subscription(guild.id)
    async with sessions.begin() as session:
        asks = await session.get_one(Subscription, int(number))
        to = await session.get_one(Destination, asks.destination_id)
        row = await session.get_one(Delivery, to.id)
        asks.subjects, asks.kinds = [EVIL[1]], [*asks.kinds, EVIL[0]]
        asks.conditions = {"roles": [EVIL[2]], "quiet_hours": dict.fromkeys(QUIET, EVIL[3])}
        to.name, to.failing_since, to.next_try_at = EVIL[0], row.happened_at, row.happened_at
        row.subject, row.data, row.reason = EVIL[1], {EVIL[2]: EVIL[3]}, EVIL[2]
        row.state = DeliveryState.DEAD
        tried: dict[str, Any] = {"delivery_id": row.id, "destination_id": to.id, "seconds": 0.1}
        tried |= {"status": 500, "verdict": "later", "reason": EVIL[3], "answer": EVIL[1]}
        session.add(DeliveryAttempt(at=row.happened_at, **tried))
    return [
        *("subscriptions", f"subscriptions/{number}"),
        *("destinations", "destinations/new"),
        *(f"destinations/{to.id}", f"destinations/{to.id}/edit"),
        *("deliveries", "deliveries/again", f"deliveries/{row.id}"),
    ]


QUIET = ("start", "end", "zone")


def pages_of(guild, schedule: int, lobby: str, sent: list[str]) -> list[str]:
    there = f"/servers/{guild.id}"
    sections = (
        "overview",
        "voice",
        "rooms",
        "sessions",
        "schedules",
        "settings",
        "audit",
        "doctor",
        *sent,
    )
    return [
        *("/", "/login", "/servers", "/me", "/program/settings", "/program/lanes"),
        *("/rest", "/rest/subscriptions"),
        *(f"{there}/{each}" for each in sections),
        *(f"{there}/schedules/{schedule}", f"{there}/schedules/{schedule}/edit"),
        *(f"{there}/schedules/new", f"{there}/schedules/new/presence.forget_stays"),
        *("/program/schedules", "/program/schedules/1", "/program/schedules/new"),
        f"{there}/rooms/lobbies/{lobby}",
        f"{there}/nothing-there",
    ]


async def test_an_evening_of_an_owner(house, guild, alice, charlie, schedule, callback, visit):
    guild.add_channel("news", "text")
    page = await visit()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(callback.removesuffix("/login/callback") + "/servers")
    await page.get_by_role("link", name="Log in with Discord").click()
    await page.get_by_label("You are").select_option("alice")
    await page.get_by_role("button", name="Authorize").click()
    await page.get_by_role("link", name="Arena").click()
    await expect(page.get_by_text("all well")).to_be_visible()

    await page.get_by_role("link", name="Voice now").click()
    await charlie.joins("Lobby")
    await expect(page.get_by_role("list", name="In Lobby")).to_contain_text("charlie")
    await alice.runs("/room public name:Chess")
    room = page.get_by_role("listitem").filter(has_text="Chess")
    await expect(room).to_contain_text("of alice")
    await room.get_by_role("button", name="Hold").click()
    await expect(page.get_by_role("status").first).to_contain_text("held")
    await room.get_by_role("button", name="Release").click()
    await room.get_by_role("button", name="Close").click()
    await expect(page.get_by_text("The room is closed.")).to_be_visible()
    await expect(room).to_have_count(0)

    await page.get_by_role("link", name="Settings").click()
    time = page.get_by_role("textbox", name="Empty after")
    await time.fill("nonsense")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("is not a duration")).to_be_visible()
    assert await time.get_attribute("aria-invalid") == "true"
    await time.fill("7m")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await expect(time).to_have_value("7 min")
    await page.get_by_role("button", name="Reset Empty after").click()
    await expect(time).to_have_value("5 min")
    await expect(page.get_by_role("button", name="Reset Empty after")).to_have_count(0)

    await page.get_by_role("link", name="Schedules").click()
    await page.get_by_label("Choose").check()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("paused", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await page.get_by_role("button", name="Run now").click()
    await expect(page.get_by_text("It runs now.")).to_be_visible()
    await expect(page.locator("tbody").get_by_text("well")).to_be_visible()
    await _changes_a_schedule(page)
    await _sends_and_sends_again(page)
    await page.get_by_role("link", name="Audit log").click()
    for action in (
        *("deliveries.destination_added", "deliveries.replayed"),
        *("rooms.held", "rooms.released", "rooms.close_asked", "guilds.setting_put"),
        *("guilds.setting_reset", "schedules.paused", "schedules.resumed", "schedules.changed"),
    ):
        await expect(page.locator("tbody").get_by_text(action)).to_be_visible()
    await page.get_by_label("Did").select_option("schedules.changed")
    await page.wait_for_url("**action=schedules.changed**")
    await expect(page.locator("tbody tr")).to_have_count(1)
    await page.get_by_role("link", name="alice").click()
    await _reads_times_in_tokyo(page)


async def _changes_a_schedule(page: Page) -> None:
    await page.get_by_role("link", name="Change").click()
    await page.get_by_label("When").fill("now and then")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("I do not understand")).to_be_visible()
    await page.get_by_label("When").fill("Mon, Thu at 20:00")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("on Mondays and Thursdays at 20:00")).to_be_visible()
    await page.get_by_role("link", name="Schedules").first.click()
    # What changes by itself leaves what was ticked.
    await page.get_by_label("Choose").check()
    await page.get_by_role("button", name="Run now").click()
    await page.get_by_role("link", name="Schedules").first.click()
    await page.get_by_label("Choose").check()
    await expect(page.get_by_label("Last runs: 2,")).to_be_visible()
    await expect(page.get_by_label("Choose")).to_be_checked()


async def _reads_times_in_tokyo(page: Page) -> None:
    await page.get_by_label("Time zone").select_option("Asia/Tokyo")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    assert await page.evaluate(IN_TOKYO)


async def _sends_and_sends_again(page: Page) -> None:
    await page.get_by_role("link", name="Deliveries").click()
    await page.get_by_role("link", name="Add a destination").click()
    await page.get_by_role("link", name="A message to a channel").click()
    await page.get_by_label("Name").fill("News")
    await page.get_by_label("Channel").select_option(label="news")
    await page.get_by_role("button", name="Add it").click()
    await page.get_by_role("button", name="Send a test").click()
    tries = page.locator("ol.attempts li")
    await expect(tries).to_have_text([re.compile("delivered")])
    await page.get_by_role("button", name="Send again").click()
    await expect(page.get_by_text("Sent again: 1,")).to_be_visible()
    await expect(tries).to_have_count(2)


async def _see_after_reloads(page: Page, wanted) -> None:
    for _ in range(40):
        if await wanted.count():
            return
        await page.reload()
    raise AssertionError("it is not there")


async def test_every_page_is_for_everybody(
    runs_it, house, guild, alice, charlie, schedule, lobby, sent, visit, dashboard
):
    """axe finds nothing, and nothing is cut off: light, dark, on a phone."""
    await charlie.joins("Lobby")
    await alice.runs("/room public name:Chess")
    axe, found = AXE.read_text(), {}
    page = await visit(alice)
    for path in pages_of(guild, schedule, lobby, sent):
        await page.goto(dashboard + path)
        await page.evaluate(axe)
        for name, (scheme, size) in LOOKS.items():
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size(size)
            if said := await page.evaluate(LOOK, RULES[name]):
                found[name, path.replace(guild.id, "…")] = said

    assert found == {}


@pytest.mark.parametrize("reloads", [4, pytest.param(20, marks=pytest.mark.chaos)])
async def test_every_reload_is_live(house, guild, alice, charlie, visit, dashboard, reloads):
    page = await visit(alice)
    await page.goto(f"{dashboard}/servers/{guild.id}/voice")
    seats = page.get_by_role("list", name="In Lobby")
    for turn in range(reloads):
        await page.reload()
        if turn % 2:
            await charlie.leaves()
            await expect(seats).to_have_count(0)
        else:
            await charlie.joins("Lobby")
            await expect(seats).to_contain_text("charlie")
        await expect(page.get_by_text("not live")).to_be_hidden()


async def test_no_text_of_anybodys_is_taken_for_a_script(
    runs_it, house, guild, alice, charlie, schedule, lobby, sent, set_setting, visit, dashboard, in_
):
    channels = [guild.add_channel(f"{number} {each}", "voice") for number, each in enumerate(EVIL)]
    for each, channel in zip(EVIL, channels, strict=True):
        guild.role(each)
        await guild.member(each[:32]).joins(channel.id)
    await set_setting("rooms.template", EVIL[0], int(guild.id))
    asks = await in_(alice)
    there = f"/servers/{guild.id}"
    for each in EVIL:
        await asks.send("/me/tokens", name=each, days="3")
        await asks.send(f"{there}/settings", **{"rooms.forbidden_words": each})
        for place in (f"{there}/settings", f"{there}/rooms", f"{there}/rooms/lobbies/{lobby}"):
            await asks.send(place, **{"rooms.empty_after": each})
        await asks.send(f"{there}/rooms/lobbies/{lobby}", **{"rooms.template": each})
        await asks.send("/program/lanes", name=each, capacity="1")
        await asks.send("/me/zone", zone=each)
        await asks.send(f"{there}/destinations/new/discord", name=each, text=each, url=each)
        await asks.send(f"{there}/subscriptions/try", kinds=each, quiet=each, zone=each)
    await asks.send(f"{there}/rooms/lobbies", channel=channels[1].id)
    page = await visit(alice)
    ran: list[str] = []
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    for path in pages_of(guild, schedule, lobby, sent):
        for query in (
            "",
            f"?who={EVIL[1]}&what={EVIL[3]}&name={EVIL[0]}&next={EVIL[0]}&destination={EVIL[1]}",
        ):
            await page.goto(dashboard + path + query)
    seen = page.get_by_role("list", name="In 0")
    await page.goto(f"{dashboard}{there}/voice")

    await expect(seen).to_contain_text(EVIL[0][:20])
    assert ran == []


async def test_without_a_script_lists_forms_and_rooms_work(house, guild, alice, visit, dashboard):
    page = await visit(alice, java_script_enabled=False)
    await alice.runs("/room public name:Chess")
    await page.goto(f"{dashboard}/servers/{guild.id}/voice")
    close = page.get_by_role("button", name="Close")
    await _see_after_reloads(page, close)
    await close.click()
    await expect(page.get_by_text("The room is closed.")).to_be_visible()
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_label("Most open", exact=True).fill("5")
    await page.get_by_role("button", name="Save").first.click()

    await expect(page.get_by_label("Most open", exact=True)).to_have_value("5")


async def test_a_page_weighs_less_than_sixty_kilobytes(house, guild, alice, visit, dashboard):
    page = await visit(alice)
    sizes = []
    page.on("response", lambda answer: sizes.append(answer))
    await page.goto(f"{dashboard}/servers/{guild.id}/settings")
    total = 0
    for each in sizes:
        told = await each.request.sizes()
        total += told["responseBodySize"] + told["responseHeadersSize"]

    assert len(sizes) <= 6
    assert total < 60_000
