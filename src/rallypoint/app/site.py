"""What the dashboard and its health answers are told about the running program."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from rallypoint.adapters.db import Database, check_revision
from rallypoint.adapters.http.site import DueJob, Overview, PartState
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.errors import CannotStart, Unavailable
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.jobs import Engine, Timer, TimerState
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.watchdog import Watchdog

from .catalogue import FEATURES

ANSWERS_WITHIN = 2
"""Seconds for the database."""
HEARTBEAT_WITHIN = timedelta(seconds=10)
RELAYED_WITHIN = timedelta(seconds=30)
SHOWN_JOBS = 8
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

LOST = (SQLAlchemyError, OSError, TimeoutError)
"""What a database that does not answer looks like."""


@dataclass(frozen=True, slots=True)
class Watch:
    database: Database
    discord: Discord
    engine: Engine
    clock: Clock
    watchdog: Watchdog | None = None

    async def parts(self) -> Sequence[PartState]:
        database, migrations, outbox = await self._stored()
        return [database, migrations, self._gateway(), self._scheduler(), outbox]

    async def overview(self) -> Overview:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN), self.database.sessions() as session:
                figures: dict[str, int] = {}
                for feature in FEATURES:
                    if feature.figures is not None:
                        figures |= await feature.figures(session)
                due = await session.execute(
                    select(Timer.kind, Timer.due_at)
                    .where(Timer.state.in_([TimerState.WAITING, TimerState.CLAIMED]))
                    .order_by(Timer.due_at)
                    .limit(SHOWN_JOBS)
                )
                return Overview(figures, [DueJob(kind, due_at) for kind, due_at in due])
        except LOST as error:
            raise Unavailable(f"The database does not answer: {error}") from error

    async def _stored(self) -> tuple[PartState, PartState, PartState]:
        names = ("database", "migrations", "outbox")
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                async with self.database.sessions() as session:
                    await session.execute(text("SELECT 1"))
                    oldest = await session.scalar(
                        select(func.min(Outbox.at)).where(Outbox.relayed_at.is_(None))
                    )
                migrations = await self._migrations()
        except LOST as error:
            why = type(error).__name__
            database, *rest = (PartState(name, False, f"does not answer ({why})") for name in names)
            return database, rest[0], rest[1]
        return (
            PartState(names[0], True, f"{NAMES[self.database.dialect]} answers"),
            migrations,
            self._outbox(oldest),
        )

    async def _migrations(self) -> PartState:
        try:
            await check_revision(self.database)
        except CannotStart as error:
            return PartState("migrations", False, str(error))
        return PartState("migrations", True, "up to date")

    def _outbox(self, oldest: datetime | None) -> PartState:
        if oldest is None:
            return PartState("outbox", True, "empty")
        age = self.clock.now() - oldest
        fact = f"the oldest event waits {max(0, round(age.total_seconds()))} s"
        return PartState("outbox", age <= RELAYED_WITHIN, fact)

    def _gateway(self) -> PartState:
        connected = self.discord.connected
        return PartState("gateway", connected, "connected" if connected else "not connected")

    def _scheduler(self) -> PartState:
        beat = self.engine.heartbeat_at
        if beat is None:
            return PartState("scheduler", False, "not at work")
        age = abs(self.clock.now() - beat)
        fact = f"{self.engine.running} running, {self.engine.claimed} about to be due"
        if age > HEARTBEAT_WITHIN:
            fact = f"its last heartbeat was {round(age.total_seconds())} s ago"
        return PartState("scheduler", age <= HEARTBEAT_WITHIN, fact + self._blocks())

    def _blocks(self) -> str:
        """It answers now, so it is well again; but what was late for it wants an explanation."""
        if self.watchdog is None or not self.watchdog.blocks:
            return ""
        longest = round(self.watchdog.longest.total_seconds(), 1)
        return f"; blocked {self.watchdog.blocks}×, {longest} s at most (the log says where)"
