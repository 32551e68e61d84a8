"""The whole program in one process: bot, scheduler, relay and dashboard."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from functools import partial

import structlog

from rallypoint.adapters.db import Database, migrate
from rallypoint.adapters.discord import target
from rallypoint.adapters.discord.client import Bot, intents
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.oauth import OAuth
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.discord.rights import Rights
from rallypoint.adapters.discord.supervisor import NO_TOKEN, Supervisor, check_token
from rallypoint.adapters.discord.voice import voice_of
from rallypoint.adapters.discord.words import Words
from rallypoint.adapters.http.application import create_app
from rallypoint.adapters.http.server import WebServer, listen, url_of
from rallypoint.adapters.http.site import Site
from rallypoint.adapters.telemetry.metrics import Measured, Metrics
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.db import insist
from rallypoint.kernel.events import Ears
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs import Affinity
from rallypoint.kernel.jobs.waiting import until_done
from rallypoint.kernel.outlets import Carrier
from rallypoint.kernel.people import Actor, Role
from rallypoint.kernel.settings import Settings, SettingsInvalid

from . import catalogue, invite, storage
from .clocks import clock_of
from .door import Door
from .drain import Drain
from .entrance import Entrance
from .lifecycle import Member, run_together
from .machinery import Machinery, kinds
from .metrics import served
from .outside import carrier_of, inboxes
from .repeats import Repeats
from .servers import Picker
from .site import Watch

log = structlog.get_logger(__name__)

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
    listening: Callable[[str], Awaitable[None]] | None = None
    """Told, before anything runs, where people will reach the dashboard."""


ALONE = Company()


async def up(settings: Settings, company: Company = ALONE) -> None:
    """Until cancelled. Raise CannotStart or PartDied, one line each."""
    if settings.token is None:
        raise SettingsInvalid(NO_TOKEN)
    check_token(settings.token.get_secret_value())
    target.point_at(settings.discord_url)
    async with AsyncExitStack() as stack:
        clock = await stack.enter_async_context(clock_of(settings.test_clock))
        opened = await storage.open_database(settings, is_home=True)
        database = await stack.enter_async_context(opened)
        database.vault.unlock()
        metrics = Metrics()
        carrier = await stack.enter_async_context(carrier_of(settings, clock))
        program = _Program(settings, database, clock, Measured(carrier, metrics))
        # A second program on the same file must not migrate it under the first.
        await program.machinery.engine.reserve()
        listener = stack.enter_context(closing(listen(settings.host, settings.port)))
        await insist(partial(migrate, database))
        await program.prepare()
        if company.listening is not None:
            await company.listening(settings.public_url or url_of(listener))
        watched = await stack.enter_async_context(served(settings, database, metrics))
        await run_together([*program.members(listener, company), *watched, *company.members])


class _Program:
    """The parts, made and connected; nothing runs yet."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, carrier: Carrier
    ) -> None:
        self.settings = settings
        self.database = database
        self.line = Line()
        self.parts = Parts(
            database.sessions,
            clock,
            Port(
                self.line,
                allowed_guilds=settings.allowed_guilds,
                voice=voice_of(self.line, settings),
            ),
            folder=settings.data,
            kinds=kinds(),
            answers=catalogue.answers(),
            needed=catalogue.permissions(),
            invite=partial(invite.link, discord_url=settings.discord_url),
            operators=lambda: settings.operators | self.line.application_owners,
            events=catalogue.events(),
            ears=(ears := Ears()),
            heard=lambda kind: catalogue.heard(kind) or ears.hear(kind),
            settings=settings,
            carrier=carrier,
            models=catalogue.setting_models(),
            exports=catalogue.exports(),
            forgets=catalogue.forgets(),
        )
        self.drain = Drain(self.parts)
        self.machinery = Machinery(
            self.parts, builtins=catalogue.schedules(), affinities=self._affinities
        )
        self.line.watch(lambda _: self.machinery.engine.wake())

    async def prepare(self) -> None:
        """What the features want done before anything runs."""
        for feature in catalogue.FEATURES:
            for prepare in feature.at_start:
                await until_done(partial(prepare, self.parts))

    def members(self, listener: socket.socket, company: Company) -> Sequence[Member]:
        """What runs together, in the order in which it is stopped."""
        token = self.settings.token.get_secret_value() if self.settings.token else None
        supervisor = Supervisor(self.line, token=token, build=self._bot)
        dashboard = self.settings.public_url or url_of(listener)
        site = self._site(company.playground, dashboard)
        web = WebServer(
            create_app(site),
            listener,
            trusted_proxies=[str(each) for each in self.settings.trusted_proxies],
            closing=site.closing,
        )
        return [
            Member(name="drain", run=self.drain.run, stop=self.drain.stop, in_good_order=True),
            Member(name="dashboard", run=web.run_until_stopped, stop=web.stop),
            Member(name="bot", run=supervisor.run),
            *inboxes(self.settings),
            *self.machinery.members(),
            Member(
                name="announcement", run=lambda: _announce(self.line, web, dashboard, company.ready)
            ),
        ]

    def _affinities(self) -> frozenset[Affinity]:
        here = {Affinity.ANY, Affinity.FOLDER}
        return frozenset(here | {Affinity.DISCORD} if self.line.connected else here)

    def _bot(self) -> Bot:
        return Bot(
            self.line,
            cogs=[cog(self.parts) for feature in catalogue.FEATURES for cog in feature.cogs],
            words=Words(catalogue.refusals()),
            allowed_guilds=self.settings.allowed_guilds,
            intents=intents(message_content=self.settings.message_content),
        )

    def _site(self, playground: str | None, dashboard: str) -> Site:
        watch = Watch(
            self.database,
            self.parts.discord,
            self.machinery.engine,
            self.parts.clock,
            self.machinery.watchdog,
        )
        rights = Rights(self.parts, self._role_of)
        entrance = self._entrance(dashboard)
        return Site(
            clock=self.parts.clock,
            parts=watch.parts,
            overview=watch.overview,
            refusals=catalogue.refusals(),
            routers=[make(self.parts) for each in catalogue.FEATURES for make in each.routers],
            caller_of=Door(self.parts, self.database.reading).caller_of,
            rights=rights,
            repeats=Repeats(self.parts),
            entrance=entrance,
            servers=Picker(self.parts, entrance, rights).servers,
            sections=[make(self.parts) for each in catalogue.FEATURES for make in each.sections],
            lent=self.parts,
            base=dashboard,
            api_per_minute=self.settings.api_per_minute,
            bad_tokens_per_minute=self.settings.bad_tokens_per_minute,
            host=self.settings.host,
            public_url=self.settings.public_url,
            playground=playground,
        )

    def _entrance(self, dashboard: str) -> Entrance:
        redirect_uri = f"{dashboard}/login/callback"
        secret, oauth = self.settings.client_secret, None
        if secret is not None:
            oauth = OAuth(
                client_id=invite.client_id_of(self.settings),
                secret=secret.get_secret_value(),
                redirect_uri=redirect_uri,
                discord_url=self.settings.discord_url,
            )
        reading = self.database.reading
        return Entrance(self.parts, reading, self.database.vault, oauth, redirect_uri=redirect_uri)

    async def _role_of(self, actor: Actor) -> Role:
        async with self.database.reading() as session:
            return await guilds.role_of(session, actor)


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
