"""The use cases of schedules, in the caller's transaction. Each locks timer before schedule, as the engine does.

A caller that names a guild sees only that guild's; one that names none may see all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.durations import words
from rallypoint.kernel.errors import NotFound, Refused

from .kinds import Job
from .recurrence import Cron, Interval, Once, Recurrence, first
from .scheduling import arm, disarm, schedule_key
from .terms import Misfire, Terms
from .timers import Run, Schedule, Timer, TimerState

MOST_OF_GUILD = 50
MOST_ATTEMPTS = 20
LONGEST_TIMEOUT = timedelta(hours=1)
LONGEST_NAME = 100

Kinds = Mapping[str, Job]


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
    """What is None stays as it is."""

    name: str | None = None
    description: str | None = None
    recurrence: Recurrence | None = None
    config: Mapping[str, Any] | None = None
    misfire: Misfire | None = None
    attempts: int | None = None
    timeout: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    schedule: Schedule
    running_since: datetime | None
    parked: str | None
    """Why it does not run any more: it has failed for good, or a newer version wrote it."""


async def create(
    session: AsyncSession, kinds: Kinds, wanted: Wanted, *, by: int | None, now: datetime
) -> Schedule:
    """Raise Refused for what is not allowed, or would never come."""
    _check_name(wanted.name)
    _check_kind(kinds, wanted)
    _check_bounds(wanted.attempts, wanted.timeout)
    await _check_quota(session, wanted.guild_id)
    due = first(_anchored(wanted.recurrence, now), now)
    row = Schedule(
        guild_id=wanted.guild_id,
        name=wanted.name,
        description=wanted.description,
        kind=wanted.kind,
        config=_checked(kinds, wanted.kind, wanted.config),
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
    """The kind stays. Raise Refused as `create` does."""
    row = await find(session, schedule_id, of=of)
    if changes.name is not None:
        _check_name(changes.name)
    _check_bounds(changes.attempts, changes.timeout)
    if changes.config is not None:
        row.config = _checked(kinds, row.kind, changes.config)
    for column, value in (
        ("name", changes.name),
        ("description", changes.description),
        ("misfire", changes.misfire and changes.misfire.value),
        ("attempts", changes.attempts),
        ("timeout_seconds", _seconds(changes.timeout)),
    ):
        if value is not None:
            setattr(row, column, value)
    if changes.recurrence is not None:
        due = first(_anchored(changes.recurrence, row.created_at), now)
        row.next_run_at = due if row.active else None
        for column, value in columns_of(changes.recurrence).items():
            setattr(row, column, value)
    _override(row, changes)
    row.updated_at = now
    if row.active and row.next_run_at is not None:
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
    row = await find(session, schedule_id, of=of)
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
    if row.builtin is not None:
        raise Refused("builtin_stays", name=row.name)
    await disarm(session, row.id)
    await session.execute(delete(Schedule).where(Schedule.id == row.id))
    session.expunge(row)


async def run_now(
    session: AsyncSession, schedule_id: int, *, now: datetime, of: int | None = None
) -> Schedule:
    """Once beside its turns, also while it is paused; if it is being run, once more after that."""
    row = await find(session, schedule_id, of=of)
    if row.active:
        row.next_run_at = now
    await session.flush()
    await arm(session, row, terms_of(row), due=now)
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
    parked = Timer.state.in_([TimerState.FAILED.value, TimerState.UNSUPPORTED.value])
    rows = (
        select(Schedule, Timer.started_at, Timer.state, Timer.last_error, parked)
        .outerjoin(Timer, Timer.schedule_id == Schedule.id)
        .order_by(Schedule.id)
    )
    if of is not None:
        rows = rows.where(Schedule.guild_id == of)
    return [
        Listed(
            row, since if state == TimerState.CLAIMED else None, error or state if stuck else None
        )
        for row, since, state, error, stuck in await session.execute(rows)
    ]


async def history(
    session: AsyncSession, schedule_id: int, *, most: int = 50, of: int | None = None
) -> Sequence[Run]:
    """The last runs, the newest first."""
    await find(session, schedule_id, of=of)
    runs = select(Run).where(Run.schedule_id == schedule_id).order_by(Run.id.desc()).limit(most)
    return list(await session.scalars(runs))


def recurrence_of(row: Schedule) -> Recurrence:
    """Raise Refused for what a newer version wrote."""
    match row.how:
        case "interval":
            return Interval.of_seconds(row.every_seconds or 0, row.created_at)
        case "cron":
            return Cron(row.cron or "", row.zone or "")
        case "once" if row.once_at is not None:
            return Once(row.once_at)
        case how:
            raise Refused("recurrence_unknown", how=how)


def terms_of(row: Schedule) -> Terms:
    seconds = row.timeout_seconds
    return Terms(
        recurrence=recurrence_of(row),
        misfire=Misfire(row.misfire),
        attempts=row.attempts,
        timeout=None if seconds is None else timedelta(seconds=seconds),
        guild_id=row.guild_id,
    )


def columns_of(recurrence: Recurrence) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(("every_seconds", "cron", "zone", "once_at"))
    match recurrence:
        case Interval(every):
            return columns | {"how": "interval", "every_seconds": every.total_seconds()}
        case Cron(expression, zone):
            return columns | {"how": "cron", "cron": expression, "zone": zone}
        case Once(at):
            return columns | {"how": "once", "once_at": at.astimezone(UTC)}


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


def _override(row: Schedule, changes: Changes) -> None:
    if changes.recurrence is not None:
        _remember(row, "recurrence")
    if changes.config is not None:
        _remember(row, "config")


def _remember(row: Schedule, what: str) -> None:
    if row.builtin is not None and what not in row.overrides:
        row.overrides = [*row.overrides, what]


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Refused("schedule_name_invalid", most=LONGEST_NAME)


def _check_kind(kinds: Kinds, wanted: Wanted) -> None:
    job = kinds.get(wanted.kind)
    if job is None or (wanted.guild_id is not None and not job.custom):
        raise Refused("schedule_kind_unknown", kind=wanted.kind)


def _check_bounds(attempts: int | None, timeout: timedelta | None) -> None:
    if attempts is not None and not 1 <= attempts <= MOST_ATTEMPTS:
        raise Refused("attempts_out_of_range", most=MOST_ATTEMPTS)
    if timeout is not None and not timedelta(seconds=1) <= timeout <= LONGEST_TIMEOUT:
        raise Refused("timeout_out_of_range", longest=words(LONGEST_TIMEOUT))


async def _check_quota(session: AsyncSession, guild_id: int | None) -> None:
    if guild_id is None:
        return
    count = select(func.count()).select_from(Schedule).where(Schedule.guild_id == guild_id)
    if (await session.scalar(count) or 0) >= MOST_OF_GUILD:
        raise Refused("too_many_schedules", most=MOST_OF_GUILD)


def _checked(kinds: Kinds, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """As the kind's model says it, defaults filled in."""
    job = kinds.get(kind)
    model = None if job is None else job.config
    if model is None:
        if config:
            raise Refused(
                "config_invalid", field=next(iter(config)), why="there is no such setting"
            )
        return {}
    try:
        return model.model_validate(dict(config)).model_dump(mode="json")
    except ValidationError as error:
        first_one = error.errors()[0]
        where = ".".join(map(str, first_one["loc"]))
        raise Refused("config_invalid", field=where, why=first_one["msg"]) from None


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
