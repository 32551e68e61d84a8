"""What the dashboard's pages cost: how heavy they are, how soon they are seen, how many a second, and what one costs
that stays open. Beside the least that FastAPI and Jinja2 do. How to read it: docs/reference/bench-pages.md."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
from playwright.async_api import Browser, async_playwright

from fakecord import Fakecord, GuildHandle, Member, Permission, Rate
from rallypoint.adapters.db import Database
from rallypoint.features.accounts import api as accounts
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.ids import UserId

from . import local
from .figures import percentile, show, spread

COOKIE = "__Host-rallypoint"
ROOMS = 50
PEER = "bare FastAPI"
TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Size:
    requests: int
    at_once: int
    paints: int
    open: int
    """Live pages, of PEOPLE."""
    seconds: int
    """At one update each."""


PEOPLE = 25
FULL = Size(1500, 8, 10, 500, 20)
QUICK = Size(100, 4, 2, 50, 3)


@dataclass(slots=True)
class Site:
    """A program with pages, as it is measured from outside."""

    name: str
    pid: int
    base: str
    page: str
    cookies: list[str] = field(default_factory=list)
    """Of the people who are logged in; one at least."""

    def headers(self, number: int = 0) -> dict[str, str]:
        told = {"accept": "text/html", "accept-encoding": "gzip", "sec-fetch-site": "same-origin"}
        if self.cookies:
            told["cookie"] = f"{COOKIE}={self.cookies[number % len(self.cookies)]}"
        return told

    def memory(self) -> int:
        """Bytes that are in use and its own."""
        resident, shared = map(int, Path(f"/proc/{self.pid}/statm").read_text().split()[1:3])
        return (resident - shared) * PAGE_SIZE

    def busy(self) -> float:
        """Seconds of the processor, in all threads."""
        after = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after[11]) + int(after[12])) * TICK


async def run(*, quick: bool = False) -> None:
    load = os.getloadavg()[0]
    size = QUICK if quick else FULL
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(_stage())
        ours = await stack.enter_async_context(_ours(stage))
        peer = await stack.enter_async_context(_peer())
        at = f"(load average {load:.1f})"
        async with aiohttp.ClientSession(auto_decompress=False) as client:
            await _weigh(client, ours, at)
            await _hurry(client, ours, peer, size, at)
        await _paint(ours, peer, size, at)
        await _keep_open(ours, peer, size, stage.moves, at)


@dataclass(slots=True)
class Stage:
    fake: Fakecord
    guild: GuildHandle
    people: list[Member]
    mover: Member
    _is_in: bool = False

    async def moves(self) -> None:
        """One more change of the page."""
        self._is_in = not self._is_in
        await (self.mover.joins("Lobby") if self._is_in else self.mover.leaves())


@asynccontextmanager
async def _stage() -> AsyncIterator[Stage]:
    """ROOMS of two each, and people who may see them."""
    async with Fakecord(port=0) as fake:
        fake.limits.default = fake.limits.total = Rate(100_000, 1.0)
        guild = fake.guild("Bench")
        guild.role("crew", Permission.MANAGE_GUILD)
        people = [guild.member(f"alice {each}", roles=["crew"]) for each in range(PEOPLE)]
        for number in range(ROOMS):
            channel = guild.add_channel(f"Room {number}", "voice")
            for seat in range(2):
                await guild.member(f"member {number} {seat}").joins(channel.id)
        yield Stage(fake, guild, people, guild.member("mover"))


@asynccontextmanager
async def _ours(stage: Stage) -> AsyncIterator[Site]:
    port = _free_port()
    async with (
        local.database("SQLite") as database_url,
        local.rallypoint(
            stage.fake.url, stage.fake.token, database_url, RALLYPOINT_PORT=str(port)
        ) as process,
    ):
        base = f"http://127.0.0.1:{port}"
        await _answers(f"{base}/readyz")
        page = f"/servers/{stage.guild.id}/voice"
        site = Site("rallypoint", process.pid, base, page)
        await _furnish(database_url, stage, site)
        yield site


async def _furnish(database_url: str, stage: Stage, site: Site) -> None:
    """Who is logged in, and which channels are rooms."""
    now = SystemClock().now()
    async with await Database.open(database_url) as database, database.sessions.begin() as session:
        for person in stage.people:
            begun = await accounts.begin(
                session,
                user_id=UserId(int(person.id)),
                user_name=person.name,
                user_agent="bench",
                now=now,
            )
            site.cookies.append(begun.text)
        for channel in stage.guild.channels:
            if channel.name.startswith("Room "):
                session.add(
                    rooms.Room(
                        guild_id=int(stage.guild.id),
                        channel_id=int(channel.id),
                        kind="public",
                        name=channel.name,
                        owner_id=int(stage.people[0].id),
                        operation=f"bench {channel.id}",
                        state=rooms.State.OPEN,
                        requested_at=now,
                        opened_at=now,
                    )
                )


@asynccontextmanager
async def _peer() -> AsyncIterator[Site]:
    async with local.process("-m", "bench.bots.pages", str(ROOMS)) as (process, told):
        base = f"http://127.0.0.1:{told['port']}"
        await _answers(f"{base}/rooms")
        yield Site(PEER, process.pid, base, "/rooms")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as client, asyncio.timeout(local.STARTS_WITHIN):
        while True:
            try:
                async with client.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def _weigh(client: aiohttp.ClientSession, site: Site, at: str) -> None:
    """As it comes over the wire to a browser that knows nothing yet: the page, and what it names."""
    above = site.page.rpartition("/")[0]
    _, seen = await _body(client, site, site.page)
    rows = []
    for name in dict.fromkeys(re.findall(rf'href="{above}/([a-z]+)"', seen)):
        page, html = await _body(client, site, f"{above}/{name}")
        assets = sum([len((await _body(client, site, path))[0]) for path in sorted(_assets(html))])
        rows.append([name, _kilo(len(page)), _kilo(assets), _kilo(len(page) + assets)])
    show(f"Weight, packed {at}", ["", "page", "assets", "together"], rows)


async def _body(client: aiohttp.ClientSession, site: Site, path: str) -> tuple[bytes, str]:
    """As it came, and as text."""
    url = urljoin(site.base, path)
    async with client.get(url, headers=site.headers()) as packed:
        came = await packed.read()
        if packed.status != 200:
            raise RuntimeError(f"{path} answers {packed.status}")
    async with client.get(url, headers=site.headers() | {"accept-encoding": "identity"}) as plain:
        return came, await plain.text()


def _assets(html: str) -> set[str]:
    return {each for each in html.split('"') if each.startswith("/static/")}


async def _hurry(
    client: aiohttp.ClientSession, ours: Site, peer: Site, size: Size, at: str
) -> None:
    rows, rates = [], {}
    for site in (peer, ours):
        await _ask(client, site, size.requests // 10, size.at_once)
        began, busy = time.perf_counter(), site.busy()
        times = await _ask(client, site, size.requests, size.at_once)
        rates[site.name] = size.requests / (time.perf_counter() - began)
        cost = (site.busy() - busy) / size.requests
        p50, p99 = (percentile(times, share) * 1e3 for share in (0.5, 0.99))
        ratio = rates[site.name] / rates[PEER]
        told = [f"{rates[site.name]:,.0f}", f"{ratio:.2f}", f"{cost * 1e3:.1f} ms"]
        rows.append([site.name, *told, f"{p50:.1f} / {p99:.1f} ms"])
    head = ["", "requests/s", "ratio", "CPU a request", "p50 / p99"]
    show(f"Voice now with {ROOMS} rooms, {size.at_once} at once {at}", head, rows)


async def _ask(
    client: aiohttp.ClientSession, site: Site, requests: int, at_once: int
) -> list[float]:
    """How long each took."""
    left, times = iter(range(requests)), []

    async def go_on() -> None:
        for number in left:
            began = time.perf_counter()
            url = f"{site.base}{site.page}"
            async with client.get(url, headers=site.headers(number)) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{site.page} answers {answer.status}")
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(go_on() for _ in range(at_once)))
    return times


async def _paint(ours: Site, peer: Site, size: Size, at: str) -> None:
    path = os.environ.get("RALLYPOINT_TEST_CHROMIUM", shutil.which("chromium"))
    if path is None:
        print("There is no Chromium: first paint is not taken")
        return
    rows = []
    async with async_playwright() as playwright:
        switches = ["--no-sandbox", "--disable-gpu"]
        browser = await playwright.chromium.launch(executable_path=path, args=switches)
        for site in (peer, ours):
            await _paints(browser, site, 1)
            cold, warm = await _paints(browser, site, size.paints)
            rows.append([site.name, spread(cold, "ms"), spread(warm, "ms")])
        await browser.close()
    show(f"First paint in Chromium {at}", ["", "nothing known", "once more"], rows)


async def _paints(browser: Browser, site: Site, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds: of a browser that has seen nothing of it, and of the same once more."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(times):
        context = await browser.new_context()
        if site.cookies:
            url = site.base.replace("http:", "https:")
            await context.add_cookies(
                [{"name": COOKIE, "value": site.cookies[0], "url": url, "secure": True}]
            )
        page = await context.new_page()
        for found in (cold, warm):
            await page.goto(site.base + site.page)
            found.append(
                await page.evaluate(
                    "new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))"
                    ".observe({type: 'paint', buffered: true}))"
                )
            )
        await context.close()
    return cold, warm


class LivePage:
    """Open, and reading; of what comes it only counts."""

    def __init__(self, site: Site, number: int) -> None:
        self._site, self._number = site, number
        self.messages = 0
        self.has_begun = asyncio.Event()

    async def open(self) -> None:
        split = urlsplit(self._site.base)
        reader, self._writer = await asyncio.open_connection(split.hostname, split.port)
        told = self._site.headers(self._number) | {"accept": "text/event-stream"}
        told |= {"host": split.netloc, "accept-encoding": "identity"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self._writer.write(f"GET {self._site.page}/live HTTP/1.1\r\n{lines}\r\n".encode())
        self._reading = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while piece := await reader.read(1 << 16):
            self.messages += piece.count(b"\nid: ") + piece.startswith(b"id: ")
            if self.messages:
                self.has_begun.set()

    async def close(self) -> None:
        self._reading.cancel()
        self._writer.close()
        await asyncio.wait({self._reading})


async def _keep_open(
    ours: Site, peer: Site, size: Size, change: Callable[[], Awaitable[None]], at: str
) -> None:
    rows = []
    for site in (peer, ours):
        turn = change if site is ours else None
        # What the first ones cost belongs to the program.
        await _close(await _opened(site, size.open // 10))
        before = site.memory()
        pages = await _opened(site, size.open)
        each = (site.memory() - before) / size.open / 1024
        quiet, came = await _load(site, pages, size.seconds, turn)
        rows.append(
            [site.name, f"{each:.1f} KiB", f"{quiet:.1%}", f"{came / size.open / size.seconds:.2f}"]
        )
        await _close(pages)
    head = ["", "memory a page", "of a core", "updates a page and second"]
    show(f"{size.open} live pages at one update a second {at}", head, rows)


async def _opened(site: Site, count: int) -> list[LivePage]:
    """Until each has got the page as it is."""
    pages = [LivePage(site, number) for number in range(count)]
    for page in pages:
        await page.open()
    async with asyncio.timeout(60):
        for page in pages:
            await page.has_begun.wait()
    return pages


async def _close(pages: list[LivePage]) -> None:
    for page in pages:
        await page.close()
    await asyncio.sleep(1)


async def _load(
    site: Site, pages: list[LivePage], seconds: int, change: Callable[[], Awaitable[None]] | None
) -> tuple[float, int]:
    """Share of a core, and how many updates all of them got."""
    before, began, busy = sum(page.messages for page in pages), time.perf_counter(), site.busy()
    for _ in range(seconds):
        if change is not None:
            await change()
        await asyncio.sleep(1)
    taken = (site.busy() - busy) / (time.perf_counter() - began)
    return taken, sum(page.messages for page in pages) - before


def _kilo(size: int) -> str:
    return f"{size / 1000:.1f} kB"
