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
from rallypoint.ui.web.languages import N_

from .catalogue import FEATURES

ANSWERS_WITHIN = 2
"""Seconds for the database."""
HEARTBEAT_WITHIN = timedelta(seconds=10)
RELAYED_WITHIN = timedelta(seconds=30)
SHOWN_JOBS = 8
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
DATABASE, MIGRATIONS, OUTBOX = N_("database"), N_("migrations"), N_("outbox")
GATEWAY, SCHEDULER = N_("gateway"), N_("scheduler")
SILENT = N_("does not answer ({why})")
WAITS = N_("the oldest event waits {seconds} s")
AT_WORK = N_("{running} running, {claimed} about to be due")
STALLED = N_("its last heartbeat was {seconds} s ago")
AT_WORK_AGAIN = N_(
    "{running} running, {claimed} about to be due; blocked {blocks}×, {longest} s at most (the log says where)"
)
STALLED_AGAIN = N_(
    "its last heartbeat was {seconds} s ago; blocked {blocks}×, {longest} s at most (the log says where)"
)

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
            return (
                PartState(DATABASE, False, SILENT, {"why": why}),
                PartState(MIGRATIONS, False, SILENT, {"why": why}),
                PartState(OUTBOX, False, SILENT, {"why": why}),
            )
        return (
            PartState(DATABASE, True, N_("{name} answers"), {"name": NAMES[self.database.dialect]}),
            migrations,
            self._outbox(oldest),
        )

    async def _migrations(self) -> PartState:
        try:
            await check_revision(self.database)
        except CannotStart as error:
            return PartState(MIGRATIONS, False, "{problem}", {"problem": str(error)})
        return PartState(MIGRATIONS, True, N_("up to date"))

    def _outbox(self, oldest: datetime | None) -> PartState:
        if oldest is None:
            return PartState(OUTBOX, True, N_("empty"))
        age = self.clock.now() - oldest
        facts = {"seconds": max(0, round(age.total_seconds()))}
        return PartState(OUTBOX, age <= RELAYED_WITHIN, WAITS, facts)

    def _gateway(self) -> PartState:
        if self.discord.connected:
            return PartState(GATEWAY, True, N_("connected"))
        return PartState(GATEWAY, False, N_("not connected"))

    def _scheduler(self) -> PartState:
        """It answers now, so it is well again; but what was late for it wants an explanation."""
        beat = self.engine.heartbeat_at
        if beat is None:
            return PartState(SCHEDULER, False, N_("not at work"))
        age, blocked = abs(self.clock.now() - beat), self._blocks()
        if age > HEARTBEAT_WITHIN:
            words = STALLED_AGAIN if blocked else STALLED
            facts: dict[str, object] = {"seconds": round(age.total_seconds())}
        else:
            words = AT_WORK_AGAIN if blocked else AT_WORK
            facts = {"running": self.engine.running, "claimed": self.engine.claimed}
        return PartState(SCHEDULER, age <= HEARTBEAT_WITHIN, words, {**facts, **blocked})

    def _blocks(self) -> dict[str, object]:
        if self.watchdog is None or not self.watchdog.blocks:
            return {}
        longest = round(self.watchdog.longest.total_seconds(), 1)
        return {"blocks": self.watchdog.blocks, "longest": longest}
