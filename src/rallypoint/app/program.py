"""The whole program in one process: bot, scheduler, relay and dashboard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass

import structlog

from rallypoint.adapters.clock.followed import FollowedClock
from rallypoint.adapters.db import Database, migrate
from rallypoint.adapters.discord import target
from rallypoint.adapters.discord.client import Bot
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.discord.supervisor import NO_TOKEN, Supervisor, check_token
from rallypoint.adapters.discord.words import Words
from rallypoint.adapters.http.application import create_app
from rallypoint.adapters.http.server import WebServer, listen
from rallypoint.adapters.http.site import Site
from rallypoint.kernel.clock import Clock, SystemClock
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.events import Relay, jobs_for
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs import Affinity, Engine
from rallypoint.kernel.settings import Settings, SettingsInvalid

from . import catalogue, storage
from .lifecycle import Member, run_together
from .site import Watch

log = structlog.get_logger(__name__)

CLOCK_WITHIN = 10
"""Seconds for the first line of a clock that is to be followed."""
READY_LOOK = 0.05
"""Seconds between two looks at whether all is ready."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The bot is connected, Discord has its commands, and the dashboard answers."""

    dashboard: str


@dataclass(frozen=True, slots=True)
class Company:
    """What a demo adds to the program."""

    playground: str | None = None
    members: Sequence[Member] = ()
    ready: Callable[[Ready], None] | None = None


ALONE = Company()


async def up(settings: Settings, company: Company = ALONE) -> None:
    """Until cancelled. Raise CannotStart or PartDied, one line each."""
    if settings.token is None:
        raise SettingsInvalid(NO_TOKEN)
    check_token(settings.token.get_secret_value())
    target.point_at(settings.discord_url)
    async with AsyncExitStack() as stack:
        clock = await stack.enter_async_context(_clock(settings.test_clock))
        database = await stack.enter_async_context(await storage.open_database(settings))
        program = _Program(settings, database, clock)
        # A second program on the same file must not migrate it under the first.
        await program.engine.reserve()
        listener = stack.enter_context(closing(listen(settings.host, settings.port)))
        await migrate(database)
        await program.prepare()
        await run_together([*program.members(listener, company), *company.members])


class _Program:
    """The parts, made and connected; nothing runs yet."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.settings = settings
        self.database = database
        self.line = Line()
        self.parts = Parts(database.sessions, clock, Port(self.line))
        self.engine = Engine(
            database.sessions,
            {**catalogue.jobs(), **jobs_for(catalogue.subscribers())},
            clock=clock,
            discord=self.parts.discord,
            builtins=catalogue.schedules(),
            affinities=self._affinities,
        )
        self.line.watch(lambda _: self.engine.wake())

    async def prepare(self) -> None:
        """What the features want done before anything runs."""
        for feature in catalogue.FEATURES:
            for prepare in feature.at_start:
                await prepare(self.parts)

    def members(self, listener: socket.socket, company: Company) -> Sequence[Member]:
        """What runs together, in the order in which it is stopped."""
        relay = Relay(self.database.sessions, catalogue.subscribers(), clock=self.parts.clock)
        token = self.settings.token.get_secret_value() if self.settings.token else None
        supervisor = Supervisor(self.line, token=token, build=self._bot)
        web = WebServer(
            create_app(self._site(company.playground)),
            listener,
            trusted_proxies=[str(each) for each in self.settings.trusted_proxies],
        )
        dashboard = self.settings.public_url or web.url
        return [
            Member(name="dashboard", run=web.run_until_stopped, stop=web.stop),
            Member(name="bot", run=supervisor.run),
            # Longer than the engine itself gives to the jobs that run.
            Member(name="scheduler", run=self.engine.run, stop=self.engine.stop, patience=12),
            Member(name="relay", run=relay.run),
            Member(
                name="announcement", run=lambda: _announce(self.line, web, dashboard, company.ready)
            ),
        ]

    def _affinities(self) -> frozenset[Affinity]:
        connected = self.line.connected
        return frozenset({Affinity.ANY, Affinity.DISCORD} if connected else {Affinity.ANY})

    def _bot(self) -> Bot:
        return Bot(
            self.line,
            cogs=[cog(self.parts) for feature in catalogue.FEATURES for cog in feature.cogs],
            words=Words(catalogue.refusals()),
            allowed_guilds=self.settings.allowed_guilds,
        )

    def _site(self, playground: str | None) -> Site:
        watch = Watch(self.database, self.parts.discord, self.engine, self.parts.clock)
        return Site(
            clock=self.parts.clock,
            parts=watch.parts,
            overview=watch.overview,
            refusals=catalogue.refusals(),
            routers=[router for feature in catalogue.FEATURES for router in feature.routers],
            host=self.settings.host,
            public_url=self.settings.public_url,
            playground=playground,
        )


async def _announce(
    line: Line, web: WebServer, dashboard: str, ready: Callable[[Ready], None] | None
) -> None:
    """Say once that all is ready; then do nothing until cancelled."""
    while not (line.connected and line.synced and web.started):  # noqa: ASYNC110  # three parts, no common event
        await asyncio.sleep(READY_LOOK)
    log.info("The program is ready", dashboard=dashboard)
    if ready is not None:
        ready(Ready(dashboard))
    await asyncio.Event().wait()


@asynccontextmanager
async def _clock(url: str | None) -> AsyncIterator[Clock]:
    if url is None:
        yield SystemClock()
        return
    clock = FollowedClock(url)
    following = asyncio.create_task(clock.run(), name="clock")
    try:
        await _until_following(clock, url)
        yield clock
    finally:
        following.cancel()
        await asyncio.wait({following})


async def _until_following(clock: FollowedClock, url: str) -> None:
    try:
        async with asyncio.timeout(CLOCK_WITHIN):
            await clock.following.wait()
    except TimeoutError:
        raise CannotStart(
            f"no clock answers at {url}; unset RALLYPOINT_TEST_CLOCK, which is for tests only"
        ) from None
