"""What people do with schedules: each use case checks the right itself, and is in the audit log.

A viewer sees their guild's, an organiser also pauses and runs them, an admin manages them; another guild's, and the
program's own, do not exist for them. Who runs the program manages all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.errors import Conflict, Forbidden, NotFound
from rallypoint.kernel.jobs import Job, Run, Schedule, schedules
from rallypoint.kernel.jobs.schedules import Changes, Listed, Wanted
from rallypoint.kernel.people import Actor, Asker, Role

Kinds = Mapping[str, Job]

_TOLD = (
    *("name", "description", "kind", "config", "how", "every_seconds", "cron", "zone", "once_at"),
    *("active", "misfire", "attempts", "timeout_seconds"),
)


async def listing(session: AsyncSession, *, by: Asker) -> Sequence[Listed]:
    """Of a member's guild; all, for who runs the program."""
    return await schedules.listing(session, of=await _scope(session, by, Role.VIEWER))


async def of_program(session: AsyncSession, *, by: Asker) -> Sequence[Listed]:
    """Those of no guild. Raise Forbidden for a member of one."""
    if isinstance(by, Actor):
        raise Forbidden("not_operator")
    return await schedules.of_program(session)


async def show(session: AsyncSession, schedule_id: int, *, by: Asker) -> Listed:
    return await schedules.show(session, schedule_id, of=await _scope(session, by, Role.VIEWER))


async def called(session: AsyncSession, which: str, *, by: Asker) -> Listed:
    """The one of that number or name. Raise NotFound, or Conflict if several have the name."""
    listed = await listing(session, by=by)
    number = which.strip().removeprefix("#")
    found = [each for each in listed if str(each.schedule.id) == number]
    name = which.strip().casefold()
    found = found or [each for each in listed if each.schedule.name.casefold() == name]
    if not found:
        raise NotFound("schedule_unknown", schedule=which[:100])
    if len(found) > 1:
        numbers = ", ".join(str(each.schedule.id) for each in found[:10])
        raise Conflict("schedule_ambiguous", name=which[:100], numbers=numbers)
    return found[0]


async def history(
    session: AsyncSession,
    schedule_id: int,
    *,
    by: Asker,
    most: int = 50,
    before: int | None = None,
    well: bool | None = None,
) -> Sequence[Run]:
    """The newest first. *before*: only those older than the run of that id; *well*: only those that went well, or
    only the others."""
    of = await _scope(session, by, Role.VIEWER)
    return await schedules.history(session, schedule_id, most=most, before=before, well=well, of=of)


async def add(
    session: AsyncSession, kinds: Kinds, wanted: Wanted, *, by: Asker, now: datetime
) -> Schedule:
    """A member's is of their guild, whatever *wanted* says."""
    guild_id = await _scope(session, by, Role.ADMIN)
    if guild_id is not None:
        wanted = replace(wanted, guild_id=guild_id)
    row = await schedules.create(session, kinds, wanted, by=by.user_id, now=now)
    await guilds.note(session, **_about(row, "created"), by=by, now=now, after=_told(row))
    return row


async def edit(
    session: AsyncSession,
    kinds: Kinds,
    schedule_id: int,
    changes: Changes,
    *,
    by: Asker,
    now: datetime,
) -> Schedule:
    of = await _scope(session, by, Role.ADMIN)
    before = _told(await schedules.find(session, schedule_id, of=of))
    row = await schedules.edit(session, kinds, schedule_id, changes, now=now, of=of)
    after = _told(row)
    if changed := {name for name in _TOLD if before[name] != after[name]}:
        await guilds.note(
            session,
            **_about(row, "changed"),
            by=by,
            now=now,
            before={name: before[name] for name in _TOLD if name in changed},
            after={name: after[name] for name in _TOLD if name in changed},
        )
    return row


async def pause(session: AsyncSession, schedule_id: int, *, by: Asker, now: datetime) -> Schedule:
    of = await _scope(session, by, Role.ORGANISER)
    was_active = (await schedules.find(session, schedule_id, of=of)).active
    row = await schedules.pause(session, schedule_id, now=now, of=of)
    if was_active:
        await guilds.note(session, **_about(row, "paused"), by=by, now=now)
    return row


async def resume(session: AsyncSession, schedule_id: int, *, by: Asker, now: datetime) -> Schedule:
    of = await _scope(session, by, Role.ORGANISER)
    next_run_at = (await schedules.find(session, schedule_id, of=of)).next_run_at
    row = await schedules.resume(session, schedule_id, now=now, of=of)
    if next_run_at is None:
        await guilds.note(session, **_about(row, "resumed"), by=by, now=now)
    return row


async def run_now(session: AsyncSession, schedule_id: int, *, by: Asker, now: datetime) -> Schedule:
    row = await schedules.run_now(
        session, schedule_id, now=now, of=await _scope(session, by, Role.ORGANISER)
    )
    await guilds.note(session, **_about(row, "run"), by=by, now=now)
    return row


async def remove(session: AsyncSession, schedule_id: int, *, by: Asker, now: datetime) -> None:
    of = await _scope(session, by, Role.ADMIN)
    row = await schedules.find(session, schedule_id, of=of)
    before = _told(row)
    await schedules.remove(session, schedule_id, of=of)
    await guilds.note(session, **_about(row, "removed"), by=by, now=now, before=before)


async def _scope(session: AsyncSession, by: Asker, needed: Role) -> int | None:
    """The guild in which *by* may do it; None: all there is. Raise Forbidden for a member who is less."""
    if not isinstance(by, Actor):
        return None
    await guilds.check_role(session, by, needed)
    return by.guild_id


def _told(row: Schedule) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in _TOLD}
    return told | {"once_at": row.once_at and row.once_at.isoformat()}


def _about(row: Schedule, done: str) -> guilds.About:
    return {
        "action": f"schedules.{done}",
        "subject": f"{row.name} (#{row.id})",
        "guild_id": row.guild_id,
    }
