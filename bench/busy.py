"""The whole program while people come and go in a thousand guilds and ten thousand timers run: how soon its rooms and
sessions open and end, how late the timers are, what an event and a guild cost. Beside a bare bot on the same stage."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path

from sqlalchemy import select

from fakecord import Fakecord, GuildHandle, Member, Rate
from rallypoint.adapters.db import Database
from rallypoint.kernel.jobs import Planned, Run, schedule_many

from . import local, pairs, rooms, sessions
from .figures import percentile, show, wide

SEATED = 3
"""In voice in each guild, beside the one who comes and goes."""
EXPIRE = "sessions.expire"
"""The timers' kind: a member's time to come is over. There is no session of theirs, so they find nothing to end."""
WARM_UP = 2.0
IDLE = 0.1
"""Of a core: what still starts takes more."""
IDLE_WITHIN = 60
BEGIN_IN = timedelta(seconds=3)
TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Size:
    guilds: int
    events: int
    """A second, over all guilds."""
    timers: int
    within: timedelta
    """In which they are due, one after the other."""
    rooms: int
    sessions: int
    """Each takes two of the 110 messages which discord.py sends to the gateway in a minute."""
    alone: float
    """Seconds with nothing but the events, and before that with nothing at all."""


FULL = Size(1_000, 200, 10_000, timedelta(seconds=100), rooms=14, sessions=50, alone=6.0)
QUICK = Size(100, 50, 500, timedelta(seconds=20), rooms=5, sessions=8, alone=2.0)


@dataclass(slots=True)
class Figures:
    event: float
    """Seconds of the processor, in all threads of the process."""
    guild: float
    """Bytes."""
    rooms: pairs.Times
    sessions: pairs.Times
    late: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stage:
    fake: Fakecord
    alice: Member
    """Asks for rooms."""
    bob: Member
    """Asks for sessions, in another guild; he is called alice there."""
    movers: Sequence[Member]
    """One in each busy guild."""

    def guild_of(self, member: Member) -> GuildHandle:
        return self.fake.guild(member.guild_id)


Connect = Callable[[Fakecord], AbstractAsyncContextManager[Process]]


async def run(*, quick: bool = False) -> None:
    size = QUICK if quick else FULL
    load = os.getloadavg()[0]
    scenes = (rooms.open_and_close, sessions.open_and_close)
    results = {pairs.BARE: await _measure(size, _bare, *scenes, await _smallest(_bare))}
    for store in local.stores():
        async with local.database(store) as url:
            grown_from = await _smallest(partial(_ours, url))
        async with local.database(store) as url:
            connect = partial(_ours, url)
            results[f"rallypoint, {store}"] = await _measure(
                size, connect, rooms.ours, sessions.ours, grown_from, url
            )
    _show(results, size, f"load average {load:.1f} before, {os.getloadavg()[0]:.1f} after")


@asynccontextmanager
async def _bare(fake: Fakecord) -> AsyncIterator[Process]:
    async with local.process("-m", "bench.bots.busy", fake.url, fake.token) as (child, _):
        yield child


@asynccontextmanager
async def _ours(database_url: str, fake: Fakecord) -> AsyncIterator[Process]:
    async with local.rallypoint(fake.url, fake.token, database_url) as child:
        yield child


@asynccontextmanager
async def _stage(guilds: int) -> AsyncIterator[Stage]:
    async with Fakecord(port=0) as fake:
        fake.limits.default = fake.limits.total = Rate(100_000, 1.0)
        alice, bob = (
            fake.guild(name).member("alice", owner=True) for name in ("Rooms", "Sessions")
        )
        yield Stage(fake, alice, bob, [await _fill(fake, number) for number in range(guilds)])


async def _fill(fake: Fakecord, number: int) -> Member:
    guild = fake.guild(f"Busy {number}")
    for seat in range(SEATED):
        await guild.member(f"member-{number}-{seat}").joins("Lobby")
    return guild.member(f"member-{number}")


async def _smallest(connect: Connect) -> int:
    """Its memory, in bytes, with nothing to do."""
    async with _stage(0) as stage, connect(stage.fake) as child:
        await _settle(stage)
        return _memory(child)


async def _settle(stage: Stage) -> None:
    fake, alice = stage.fake, stage.alice
    await fake.until(lambda: alice.commands() and fake.gateway.connected, timeout=60)
    await asyncio.sleep(WARM_UP)


async def _measure(
    size: Size,
    connect: Connect,
    room_scene: Callable[..., Awaitable[pairs.Times]],
    session_scene: Callable[..., Awaitable[pairs.Times]],
    grown_from: int,
    database_url: str | None = None,
) -> Figures:
    async with _stage(size.guilds) as stage, connect(stage.fake) as child:
        await _settle(stage)
        await _until_idle(child)
        guild = (_memory(child) - grown_from) / size.guilds
        idle = await _cpu_within(child, size.alone)
        made = [0]
        async with _streaming(stage.movers, size.events, made):
            before = made[0]
            cpu = await _cpu_within(child, size.alone) - idle
            event = cpu / (made[0] - before)
            if database_url is not None:
                await _put_timers(database_url, size)
            taken = await asyncio.gather(
                room_scene(stage.fake, stage.guild_of(stage.alice), stage.alice, count=size.rooms),
                session_scene(
                    stage.fake, stage.guild_of(stage.bob), stage.bob, count=size.sessions
                ),
            )
        figures = Figures(event, guild, *taken)
        if database_url is not None:
            figures.late = await _lateness(database_url)
        return figures


@asynccontextmanager
async def _streaming(
    movers: Sequence[Member], a_second: int, made: list[int]
) -> AsyncIterator[None]:
    going = asyncio.create_task(_come_and_go(movers, a_second, made))
    try:
        yield
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going


async def _come_and_go(movers: Sequence[Member], a_second: int, made: list[int]) -> None:
    began = time.perf_counter()
    for member in cycle(movers):
        await (member.joins("Lobby") if member.voice is None else member.leaves())
        made[0] += 1
        await asyncio.sleep(max(0.0, began + made[0] / a_second - time.perf_counter()))


async def _put_timers(database_url: str, size: Size) -> None:
    first = datetime.now(UTC) + BEGIN_IN
    planned = [
        Planned(first + size.within * (number / size.timers), {"session_id": 0})
        for number in range(size.timers)
    ]
    async with await Database.open(database_url) as database, database.sessions.begin() as session:
        await schedule_many(session, EXPIRE, planned)


async def _lateness(database_url: str) -> list[float]:
    """Of those that have been due."""
    query = select(Run.started_at, Run.due_at).where(Run.kind == EXPIRE)
    async with await Database.open(database_url) as database, database.reading() as session:
        rows = (await session.execute(query)).all()
    return [(started_at - due_at).total_seconds() for started_at, due_at in rows]


async def _cpu_within(child: Process, seconds: float) -> float:
    """Seconds of the processor that *child* takes within *seconds*."""
    before = _cpu(child)
    await asyncio.sleep(seconds)
    return _cpu(child) - before


async def _until_idle(child: Process) -> None:
    """Its start, with so many guilds, goes on for seconds after it is ready."""
    async with asyncio.timeout(IDLE_WITHIN):
        while await _cpu_within(child, 1.0) > IDLE:
            pass


def _cpu(child: Process) -> float:
    fields = _proc(child, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def _memory(child: Process) -> int:
    return int(_proc(child, "statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _proc(child: Process, name: str) -> str:
    return Path(f"/proc/{child.pid}/{name}").read_text()


def _show(results: dict[str, Figures], size: Size, load: str) -> None:
    bare = results[pairs.BARE]
    rows = []
    for name, each in results.items():
        row = [name]
        for times, of_bare in ((each.rooms, bare.rooms), (each.sessions, bare.sessions)):
            for what in ("open", "close"):
                row += pairs.compared(times[what], of_bare[what])
        rows.append(row)
    head = [""]
    for what in ("command → room", "leave → DELETE", "command → bot in", "leave → DELETE"):
        head += [what, "ratio"]
    title = (
        f"{size.guilds:,} guilds busy: {size.events} voice events a second, {size.timers:,} timers, "
        f"{size.rooms} rooms beside {size.sessions} sessions, p50 / p99 ({load})"
    )
    show(title, head, rows, wide)
    _show_costs(results)


def _show_costs(results: dict[str, Figures]) -> None:
    bare = results[pairs.BARE]
    rows = []
    for name, each in results.items():
        late = [f"{percentile(each.late, share) * 1e3:.1f}" for share in (0.5, 0.99) if each.late]
        rows.append(
            [
                name,
                f"{each.event * 1e6:,.0f} µs",
                f"{(each.event - bare.event) * 1e6:,.0f} µs",
                f"{each.guild / 1024:,.1f} KiB",
                f"{each.guild / bare.guild:.2f}",
                f"{' / '.join(late)} ms of {len(each.late):,}" if late else "–",
            ]
        )
    head = ["", "CPU an event", "own", "memory a guild", "ratio", "timers late, p50 / p99"]
    show("The same, of the whole process", head, rows, wide)
