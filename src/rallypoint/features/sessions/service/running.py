"""The program's own start and end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import Reason, State

from . import ending, lanes, rows


@dataclass(frozen=True, slots=True)
class Setup:
    enabled: bool
    lanes: Mapping[str, int]
    ends_at_restart: bool

    @property
    def ends_open(self) -> Reason | None:
        if not self.enabled:
            return Reason.SWITCHED_OFF
        return Reason.RESTART if self.ends_at_restart else None

    def ends_waiting(self, lane: str) -> Reason | None:
        if not self.enabled:
            return Reason.SWITCHED_OFF
        return None if lane in self.lanes else Reason.LANE_GONE


async def start(session: AsyncSession, setup: Setup, *, now: datetime) -> None:
    """Nothing ends by itself: what is open goes on by its timers and its guild's snapshot, unless the setup says
    otherwise."""
    await lanes.configure(session, setup.lanes)
    await lanes.lock(session)
    for row in await rows.lock_active(session):
        if row.state == State.REQUESTED:
            if reason := setup.ends_waiting(row.lane):
                await ending.cancel(session, row, reason, now=now)
        elif reason := setup.ends_open:
            await ending.begin_end(session, row, reason, now=now)
    await lanes.give_turns(session, now=now)


async def change_lanes(
    session: AsyncSession, capacities: Mapping[str, int], *, now: datetime
) -> None:
    """Who waits for one that is gone is told so; what is open goes on."""
    await start(session, Setup(True, capacities, ends_at_restart=False), now=now)


async def drain(session: AsyncSession, *, now: datetime) -> bool:
    """End what is open. Whether nothing is any more; the queue stays, and goes on at the next start."""
    await lanes.lock(session)
    held = [row for row in await rows.lock_active(session) if row.slot is not None]
    for row in held:
        if row.state in states.OPEN:
            await ending.begin_end(session, row, Reason.DRAIN, now=now)
    return not held
