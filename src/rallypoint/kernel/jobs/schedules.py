"""The use cases of schedules, in the caller's transaction. Each locks timer before schedule, as the engine does.

A caller that names a guild sees only that guild's; one that names none may see all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.errors import NotFound, Refused

from .bounds import (
    Kinds,
    check_description,
    check_kind,
    check_limits,
    check_name,
    checked_config,
)
from .kinds import Affinity, Job
from .recurrence import Interval, Recurrence, first
from .rows import columns_of, recurrence_of, terms_of
from .scheduling import arm, disarm, schedule_key
from .terms import Misfire
from .timers import Run, RunStatus, Schedule, Timer, TimerState

MOST_OF_GUILD = 50
_SOON = timedelta(seconds=5)
"""What is due begins within it, whatever it needs, where nothing is missing."""

T = TypeVar("T")


class Keep(Enum):
    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""Nothing is said about it: it stays as it is."""
DROPPED = "dropped"
"""Among the overrides of a built-in one: the code does not have it any more, and it is not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A schedule as somebody asks for it."""

    name: str
    kind: str
    recurrence: Recurrence
    guild_id: int | None = None
    description: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    misfire: Misfire = Misfire.ONCE
    attempts: int | None = None
    timeout: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """None clears a field: the kind's own attempts, timeout and config count again. A name, a recurrence and a misfire
    policy cannot be cleared."""

    name: str | Keep | None = KEEP
    description: str | Keep | None = KEEP
    recurrence: Recurrence | Keep | None = KEEP
    config: Mapping[str, Any] | Keep | None = KEEP
    misfire: Misfire | Keep | None = KEEP
    attempts: int | Keep | None = KEEP
    timeout: timedelta | Keep | None = KEEP


@dataclass(frozen=True, slots=True)
class Listed:
    schedule: Schedule
    running_since: datetime | None
    parked: str | None
    """Why it does not run any more: it has failed for good, or a newer version wrote it."""

    def waits_for(self, job: Job | None, now: datetime) -> Affinity | None:
        """It has been due for a while, and is not begun: what else it needs. None: nothing."""
        due = self.schedule.next_run_at
        if (
            due is None
            or due > now - _SOON
            or self.running_since is not None
            or self.parked is not None
        ):
            return None
        return None if job is None or job.affinity is Affinity.ANY else job.affinity


async def create(
    session: AsyncSession, kinds: Kinds, wanted: Wanted, *, by: int | None, now: datetime
) -> Schedule:
    """Raise Refused for what is not allowed, or would never come."""
    check_name(wanted.name)
    check_description(wanted.description)
    check_kind(kinds, wanted.kind, of_guild=wanted.guild_id is not None)
    check_limits(wanted.attempts, wanted.timeout)
    await _check_quota(session, wanted.guild_id)
    due = first(_anchored(wanted.recurrence, now), now)
    row = Schedule(
        guild_id=wanted.guild_id,
        name=wanted.name,
        description=wanted.description,
        kind=wanted.kind,
        config=checked_config(kinds, wanted.kind, wanted.config),
        misfire=wanted.misfire.value,
        attempts=wanted.attempts,
        timeout_seconds=_seconds(wanted.timeout),
        created_by=by,
        created_at=now,
        updated_at=now,
        overrides=[],
        **columns_of(wanted.recurrence),
    )
    row.active, row.next_run_at = True, due
    session.add(row)
    await session.flush()
    await arm(session, row, terms_of(row), due=due)
    return row


async def edit(
    session: AsyncSession,
    kinds: Kinds,
    schedule_id: int,
    changes: Changes,
    *,
    now: datetime,
    of: int | None = None,
) -> Schedule:
    """The kind stays. Raise Refused as `create` does, and then nothing has changed."""
    row = await _in_use(session, schedule_id, of=of)
    values = _values(kinds, row, changes)
    due = row.next_run_at
    if isinstance(changes.recurrence, Recurrence):
        recurrence = _anchored(changes.recurrence, row.created_at)
        values |= columns_of(recurrence)
        due = first(recurrence, now)
    for column, value in values.items():
        setattr(row, column, value)
    row.next_run_at = due if row.active else None
    _override(row, changes)
    row.updated_at = now
    if row.next_run_at is not None:
        await _arm_next(session, row, now=now)
    return row


async def pause(
    session: AsyncSession, schedule_id: int, *, now: datetime, of: int | None = None
) -> Schedule:
    """No more turns; one that is being run ends as it does."""
    row = await find(session, schedule_id, of=of)
    row.active, row.next_run_at, row.updated_at = False, None, now
    _remember(row, "active")
    await session.flush()
    await disarm(session, row.id)
    return row


async def resume(
    session: AsyncSession, schedule_id: int, *, now: datetime, of: int | None = None
) -> Schedule:
    """From its next turn on: what was left out meanwhile stays left out. Raise Refused if there is none."""
    row = await _in_use(session, schedule_id, of=of)
    if row.active and row.next_run_at is not None:
        return row
    due = first(recurrence_of(row), now)
    row.active, row.next_run_at, row.updated_at = True, due, now
    _remember(row, "active")
    await session.flush()
    await arm(session, row, terms_of(row), due=due)
    return row


async def remove(session: AsyncSession, schedule_id: int, *, of: int | None = None) -> None:
    """Its history stays. Raise Refused for a built-in one, which can be paused."""
    row = await find(session, schedule_id, of=of)
    if row.builtin is not None and DROPPED not in row.overrides:
        raise Refused("builtin_stays", name=row.name)
    await disarm(session, row.id)
    await session.execute(delete(Schedule).where(Schedule.id == row.id))
    session.expunge(row)


async def run_now(
    session: AsyncSession, schedule_id: int, *, now: datetime, of: int | None = None
) -> Schedule:
    """Once beside its turns, also while it is paused; if it is being run, once more after that."""
    row = await _in_use(session, schedule_id, of=of)
    if row.active:
        row.next_run_at = now
    await session.flush()
    await arm(session, row, terms_of(row), due=now)
    return row


async def _in_use(session: AsyncSession, schedule_id: int, *, of: int | None) -> Schedule:
    """As `find`; raise Refused for a built-in one that this version does not have."""
    row = await find(session, schedule_id, of=of)
    if DROPPED in row.overrides:
        raise Refused("builtin_dropped", name=row.name)
    return row


async def find(session: AsyncSession, schedule_id: int, *, of: int | None = None) -> Schedule:
    """Locked, with its timer. Raise NotFound, also for one of another guild."""
    lock = select(Timer.id).where(Timer.key == schedule_key(schedule_id)).with_for_update()
    await session.execute(lock)
    found = select(Schedule).where(Schedule.id == schedule_id).with_for_update()
    row = await session.scalar(found.execution_options(populate_existing=True))
    if row is None or (of is not None and row.guild_id != of):
        raise NotFound("schedule_unknown", schedule=schedule_id)
    return row


async def listing(session: AsyncSession, *, of: int | None = None) -> Sequence[Listed]:
    return await _listed(session, true() if of is None else Schedule.guild_id == of)


async def of_program(session: AsyncSession) -> Sequence[Listed]:
    """Those of no guild."""
    return await _listed(session, Schedule.guild_id.is_(None))


async def show(session: AsyncSession, schedule_id: int, *, of: int | None = None) -> Listed:
    """Raise NotFound, also for one of another guild."""
    found = await _listed(session, Schedule.id == schedule_id)
    if not found or (of is not None and found[0].schedule.guild_id != of):
        raise NotFound("schedule_unknown", schedule=schedule_id)
    return found[0]


async def _listed(session: AsyncSession, condition: ColumnElement[bool]) -> list[Listed]:
    rows = (
        select(Schedule, Timer.started_at, Timer.state, Timer.last_error)
        .outerjoin(Timer, Timer.schedule_id == Schedule.id)
        .where(condition)
        .order_by(Schedule.id)
    )
    return [
        Listed(row, since if state == TimerState.CLAIMED else None, _parked(row, state, error))
        for row, since, state, error in await session.execute(rows)
    ]


def _parked(row: Schedule, state: str | None, error: str | None) -> str | None:
    if DROPPED in row.overrides:
        return "this version of the program does not have it"
    stuck = state in (TimerState.FAILED, TimerState.UNSUPPORTED)
    return error or state if stuck else None


async def history(
    session: AsyncSession,
    schedule_id: int,
    *,
    most: int = 50,
    before: int | None = None,
    well: bool | None = None,
    of: int | None = None,
) -> Sequence[Run]:
    """The last runs, the newest first. *before*: only those older than the run of that id; *well*: only those that
    went well, or only the others."""
    await show(session, schedule_id, of=of)
    runs = select(Run).where(Run.schedule_id == schedule_id).order_by(Run.id.desc()).limit(most)
    if before is not None:
        runs = runs.where(Run.id < before)
    if well is not None:
        success = Run.status == RunStatus.SUCCESS.value
        runs = runs.where(success if well else ~success)
    return list(await session.scalars(runs))


async def _arm_next(session: AsyncSession, row: Schedule, *, now: datetime) -> None:
    """As it says now. One that is being run goes by that afterwards, from its next turn on."""
    await session.flush()
    state = await session.execute(
        select(Timer.started_at).where(Timer.schedule_id == row.id, Timer.started_at.is_not(None))
    )
    due = row.next_run_at
    if state.first() is not None:
        due = terms_of(row).recurrence.next_after(now)
    if due is not None:
        await arm(session, row, terms_of(row), due=due)


def _anchored(recurrence: Recurrence, anchor: datetime) -> Recurrence:
    return Interval(recurrence.every, anchor) if isinstance(recurrence, Interval) else recurrence


def _values(kinds: Kinds, row: Schedule, changes: Changes) -> dict[str, Any]:
    """Columns and what is to be in them, all checked; but for the recurrence."""
    values: dict[str, Any] = {}
    if changes.name is not KEEP:
        values["name"] = _required("name", changes.name)
        check_name(values["name"])
        if row.builtin is not None and values["name"] != row.name:
            raise Refused("builtin_name_stays", name=row.name)
    if changes.description is not KEEP:
        values["description"] = changes.description or ""
        check_description(values["description"])
    if changes.recurrence is not KEEP:
        _required("recurrence", changes.recurrence)
    if changes.config is not KEEP:
        # Of a built-in one, what the code says will take the place of what was cleared.
        empty = changes.config is None and row.builtin is not None
        values["config"] = {} if empty else checked_config(kinds, row.kind, changes.config or {})
    if changes.misfire is not KEEP:
        values["misfire"] = _required("misfire", changes.misfire).value
    if changes.attempts is not KEEP:
        check_limits(changes.attempts, None)
        values["attempts"] = changes.attempts
    if changes.timeout is not KEEP:
        check_limits(None, changes.timeout)
        values["timeout_seconds"] = _seconds(changes.timeout)
    return values


def _required(name: str, value: T | None) -> T:
    if value is None:
        raise Refused("field_required", field=name)
    return value


def _override(row: Schedule, changes: Changes) -> None:
    """Of a built-in one, what was changed stays so, and what was cleared follows the code."""
    for what in ("recurrence", "config", "description", "misfire"):
        value = getattr(changes, what)
        if value is None:
            row.overrides = [each for each in row.overrides if each != what]
        elif value is not KEEP:
            _remember(row, what)


def _remember(row: Schedule, what: str) -> None:
    if row.builtin is not None and what not in row.overrides:
        row.overrides = [*row.overrides, what]


async def _check_quota(session: AsyncSession, guild_id: int | None) -> None:
    if guild_id is None:
        return
    if session.get_bind().dialect.name == "postgresql":
        # Two at a time would each not see the other's. On SQLite there is one writer.
        await session.execute(select(func.pg_advisory_xact_lock(guild_id)))
    count = select(func.count()).select_from(Schedule).where(Schedule.guild_id == guild_id)
    if (await session.scalar(count) or 0) >= MOST_OF_GUILD:
        raise Refused("too_many_schedules", most=MOST_OF_GUILD)


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
