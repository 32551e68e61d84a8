"""What a member asks for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.events import Queued
from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules import lanes as rules
from rallypoint.features.sessions.rules.states import Reason, State
from rallypoint.kernel import events, jobs
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.kernel.people import Actor

from . import ending, lanes, rows, telling
from .telling import Answer, answer_by


async def request(
    session: AsyncSession,
    *,
    actor: Actor,
    lane: str | None,
    parent_id: ChannelId | None,
    join_timeout: timedelta,
    now: datetime,
    answer: Answer | None = None,
) -> VoiceSession:
    """In the queue, or at its turn already; told in the *answer*. Raise Refused (no such lane) or Conflict (one session
    a member, over all guilds; a full queue; a room there that cannot be deleted)."""
    capacities = await lanes.lock(session)
    active = await rows.active(session)
    if any(each.member_id == actor.user_id for each in active):
        raise Conflict("session_there")
    await ending.check_ends(session, actor.guild_id)
    lane = rules.check_lane(lane, capacities)
    rules.check_room(active, lane)
    row = VoiceSession(
        guild_id=actor.guild_id,
        member_id=actor.user_id,
        member_name=actor.name,
        lane=lane,
        state=State.REQUESTED,
        parent_id=parent_id,
        join_seconds=join_timeout.total_seconds(),
        requested_at=now,
        answer=answer and answer.token,
        answer_until=answer and answer.until,
    )
    active = [*active, row]
    chosen = lanes.choose(active, capacities)
    session.add(row)
    await session.flush()
    await events.record(session, Queued(**rows.told(row)), at=now)
    told = telling.timers([row] if row not in chosen else [], now=now)
    await jobs.schedule_each(session, [*lanes.timers(chosen, active, now=now), *told])
    return row


async def close(session: AsyncSession, *, member_id: UserId, now: datetime) -> None:
    """Wherever it stands. Raise NotFound without one; one that is ending already just goes on with it."""
    await lanes.lock(session)
    row = await _of(session, member_id)
    if not await ending.cancel(session, row, Reason.CANCELLED, now=now):
        await ending.begin_end(session, row, Reason.CLOSED, now=now)


async def cancel(session: AsyncSession, *, member_id: UserId, now: datetime) -> None:
    """Out of the queue. Raise NotFound, or Conflict once its turn has come."""
    await lanes.lock(session)
    row = await _of(session, member_id)
    if not await ending.cancel(session, row, Reason.CANCELLED, now=now):
        raise Conflict("session_begun")


async def show(
    session: AsyncSession, *, member_id: UserId, answer: Answer, now: datetime
) -> VoiceSession | None:
    """The member's session, from now on told in this message."""
    row = await rows.of_member(session, member_id)
    if row is not None:
        await answer_by(session, row, answer, now=now)
    return row


async def _of(session: AsyncSession, member_id: UserId) -> VoiceSession:
    row = await rows.of_member(session, member_id)
    if row is None:
        raise NotFound("session_none")
    return row
