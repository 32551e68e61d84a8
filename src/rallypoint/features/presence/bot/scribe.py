"""Writes the ledger down, and looks whether what is written is true."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence import rules
from rallypoint.features.presence.service import checking, writing
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.feature import Sessions
from rallypoint.kernel.ids import GuildId

from .raw import Mirror

log = structlog.get_logger()

FLOOD, GATHER = 2, 0.005
"""More than so many at once: the next ones then wait for others, so many seconds. One alone never does."""
PAUSE = 0.5
"""Seconds between two tries of a database that does not answer."""
GUILDS_AT_ONCE = 100
"""Looked at before others have their turn on the loop."""


class Scribe:
    """What arrives while a transaction runs goes into the next one, so a flood is grouped and a single event waits for
    nobody. What a kill loses is found again by comparing the next snapshot with what is stored."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        *,
        heard: Callable[[str], bool] = lambda _: False,
        pause: float = PAUSE,
    ) -> None:
        self.sessions = sessions
        self.clock = clock
        self.ledger = rules.Ledger(heard=heard)
        self.mirror = Mirror()
        self._heard = heard
        self._pause = pause
        self._given: list[rules.Input] = []
        self._to_read = False
        self._to_check = False
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._written = asyncio.Event()

    async def until_written(self) -> None:
        """Until everything taken so far is in the database."""
        await self._written.wait()

    def take(self, given: rules.Input) -> None:
        self.mirror.take(given)
        self._given.append(given)
        self._written.clear()
        self._more.set()

    def read_wishes(self) -> None:
        """Guilds or members have chosen something: it counts for what is taken from now on."""
        self._to_read = True
        self._more.set()

    def ask_for_check(self) -> None:
        self._to_check = True
        self._more.set()

    async def start(self) -> None:
        async with self.sessions.begin() as session:
            self.ledger = await self._load(session)
            await writing.forget_sight(session)
        self._task = asyncio.create_task(self._write_for_ever(), name="voice ledger")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.write()

    async def write(self) -> None:
        """Everything taken so far is in the database when this returns."""
        given, self._given = self._given, []
        if not given:
            return
        changes = rules.Changes()
        for each in given:
            self.ledger.step(each, changes)
        try:
            await writing.store_alone(self.sessions, changes)
        except DatabaseErrors as error:
            log.warning("voice ledger not written", error=str(error)[:300], inputs=len(given))
            await self._recover()

    async def check(self) -> None:
        """Compare the ledger with Discord's last raw words, and what is stored with the ledger; say what differs, write
        it down, and believe Discord."""
        await self.write()
        differing = {}
        for number, guild_id in enumerate(self.ledger.guilds(), 1):
            if what := await self._difference(guild_id):
                differing[guild_id] = what
            if number % GUILDS_AT_ONCE == 0:
                await asyncio.sleep(0)
        guilds = self.ledger.guilds()
        async with self.sessions.begin() as session:
            stored = await checking.stored(session)
            for guild_id in guilds:
                believed = checking.Sum.of(self.ledger.stays(guild_id))
                if believed != stored.get(guild_id, checking.Sum()):
                    differing.setdefault(guild_id, "what is stored is not what is believed")
            now = self.clock.now()
            await checking.record(session, guilds=len(guilds), differing=differing, now=now)
        for guild_id, what in differing.items():
            log.error("voice ledger differs from what Discord said", guild=guild_id, what=what)
        await self._read_wishes()
        await self.write()
        if differing:
            await self._recover()

    async def _difference(self, guild_id: GuildId) -> str | None:
        # What comes while it is written is in the mirror already.
        while self._given:
            await self.write()
        raw = self.mirror.of(guild_id)
        if raw is None or self.ledger.sight(guild_id) is not rules.Sight.KNOWN:
            return None
        stays = self.ledger.stays(guild_id)
        believed = {user_id: stay.channel_id for user_id, stay in stays.items()}
        said = {user_id: state.channel_id for user_id, state in raw.items()}
        if believed == said:
            return None
        self.take(rules.Snapshot(guild_id, self.clock.now(), tuple(raw.values())))
        return f"{len(said.items() - believed.items())} missing, {len(believed.items() - said.items())} too many"

    async def _write_for_ever(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            if self._to_read and await self._tried(self._read_wishes):
                self._to_read = False
            is_flood = len(self._given) > FLOOD
            await self.write()
            if self._to_check:
                self._to_check = False
                await self._tried(self.check)
            if not self._given:
                self._written.set()
            await asyncio.sleep(GATHER if is_flood else 0)

    async def _read_wishes(self) -> None:
        async with self.sessions.begin() as session:
            wishes = await writing.read_wishes(session, now=self.clock.now())
        self._given.insert(0, wishes)

    async def _tried(self, act: Callable[[], Awaitable[None]]) -> bool:
        """False: the database did not answer. The next check makes up for it."""
        try:
            await act()
        except DatabaseErrors as error:
            if not is_outage(error):
                raise
            log.warning("voice ledger not compared", error=str(error)[:300])
            return False
        return True

    async def _recover(self) -> None:
        """Whether the failed transaction was carried out is not known: what is stored is read again and compared with
        what is believed, as if that had come in a snapshot."""
        while True:
            changes = rules.Changes()
            try:
                async with self.sessions.begin() as session:
                    stored = await self._load(session)
                    await writing.forget_sight(session)
                    now = self.clock.now()
                    for snapshot in self.ledger.snapshots(now):
                        stored.step(snapshot, changes)
                    stored.adopt(self.ledger, changes)
                    if self.ledger.is_paused:
                        stored.step(rules.Disconnected(now), changes)
                    await writing.store(session, changes)
            except DatabaseErrors as error:
                log.warning("voice ledger still not written", error=str(error)[:300])
                await asyncio.sleep(self._pause)
                continue
            self.ledger = stored
            return

    async def _load(self, session: AsyncSession) -> rules.Ledger:
        return await writing.load(session, heard=self._heard, now=self.clock.now())
