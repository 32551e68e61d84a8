"""Schedules that the program brings along: declared in code, each with a row that knows how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from .realignment import realign
from .recurrence import Cron, Interval, first
from .rows import columns_of, recurrence_of, terms_of
from .schedules import DROPPED, find
from .scheduling import arm, disarm
from .terms import Misfire
from .timers import Schedule, Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin:
    id: str
    kind: str
    recurrence: Interval | Cron
    config: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    misfire: Misfire = Misfire.ONCE

    def columns(self) -> dict[str, Any]:
        return columns_of(self.recurrence) | {
            "name": self.id,
            "description": self.description,
            "kind": self.kind,
            "config": dict(self.config),
            "misfire": self.misfire.value,
        }


_RECURRENCE = ("how", "every_seconds", "cron", "zone", "once_at")


async def ensure(
    session: AsyncSession, builtins: Sequence[Builtin], now: datetime, *, again: bool = True
) -> bool:
    """Have each of *builtins* follow the code, but for what an admin changed, and have its timer; whether any had not.

    A new interval is due at once. With *again*, at the start and when the clock went back, all schedules are realigned.
    """
    changed = False
    if builtins:
        named = select(Schedule, Timer.due_at).outerjoin(Timer, Timer.schedule_id == Schedule.id)
        named = named.where(Schedule.builtin.in_([builtin.id for builtin in builtins]))
        known = {row.builtin: (row, due) for row, due in await session.execute(named)}
        for builtin in builtins:
            row, due = known.get(builtin.id, (None, None))
            if row is None:
                changed |= await _insert(session, builtin, now)
            elif _differs(row, builtin) or (row.active and due is None) or DROPPED in row.overrides:
                await _follow(session, row.id, builtin, now)
                changed = True
    if again:
        await _drop_others(session, builtins)
        changed |= await realign(session, now)
    return changed


async def _insert(session: AsyncSession, builtin: Builtin, now: datetime) -> bool:
    """Another process may be doing the same."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = cast(Any, sqlite.insert if is_sqlite else postgresql.insert)
    due = now if isinstance(builtin.recurrence, Interval) else first(builtin.recurrence, now)
    row = builtin.columns() | {
        "builtin": builtin.id,
        "overrides": [],
        "created_at": now,
        "updated_at": now,
        "next_run_at": due,
    }
    statement = insert(Schedule).values(row).on_conflict_do_nothing(index_elements=["builtin"])
    schedule_id = await session.scalar(statement.returning(Schedule.id))
    if schedule_id is None:
        return False
    written = await find(session, schedule_id)
    await arm(session, written, terms_of(written), due=due)
    return True


def _kept(row: Schedule) -> frozenset[str]:
    """The columns an admin has changed."""
    kept = set(row.overrides)
    return frozenset(kept | set(_RECURRENCE) if "recurrence" in kept else kept)


def _differs(row: Schedule, builtin: Builtin) -> bool:
    kept = _kept(row)
    return any(
        getattr(row, name) != value for name, value in builtin.columns().items() if name not in kept
    )


async def _follow(session: AsyncSession, schedule_id: int, builtin: Builtin, now: datetime) -> None:
    row = await find(session, schedule_id)
    row.overrides = [each for each in row.overrides if each != DROPPED]
    if row.kind != builtin.kind:
        # Its timer's key belongs to the old kind.
        await disarm(session, row.id)
    kept, before = _kept(row), {name: getattr(row, name) for name in _RECURRENCE}
    for name, value in builtin.columns().items():
        if name not in kept:
            setattr(row, name, value)
    if not row.active:
        return
    moved = before != {name: getattr(row, name) for name in _RECURRENCE}
    if moved or row.next_run_at is None:
        row.next_run_at = first(recurrence_of(row), now)
    await session.flush()
    await arm(session, row, terms_of(row), due=row.next_run_at)


async def _drop_others(session: AsyncSession, builtins: Sequence[Builtin]) -> None:
    """What the code does not have any more is kept, shown as such, and not run. A newer version beside us has it back
    at its next beat."""
    if not builtins:
        return
    others = select(Schedule.id, Schedule.overrides).where(
        Schedule.builtin.is_not(None), Schedule.builtin.not_in([each.id for each in builtins])
    )
    for schedule_id, overrides in (await session.execute(others)).all():
        if DROPPED not in overrides:
            row = await find(session, schedule_id)
            row.overrides, row.next_run_at = [*row.overrides, DROPPED], None
            await session.flush()
            await disarm(session, schedule_id)
