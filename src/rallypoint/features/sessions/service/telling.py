"""The message in which a member sees how their session stands. It is changed by the token of their interaction, which
Discord lets live for 15 minutes; who waited longer is written to, once there is news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules import lanes, states
from rallypoint.features.sessions.rules.states import State
from rallypoint.kernel import jobs

from . import rows


@dataclass(frozen=True, slots=True)
class Answer:
    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ToTell:
    session: VoiceSession
    place: int
    answer: Answer


async def tell(session: AsyncSession, told: Iterable[VoiceSession], *, now: datetime) -> None:
    """Have their messages say how they stand. Many changes at once are told once, as it is then."""
    await jobs.schedule_each(session, timers(told, now=now))


def timers(told: Iterable[VoiceSession], *, now: datetime) -> list[tuple[str, jobs.Planned]]:
    """As `tell`, for who schedules more with them. Whose message cannot be changed any more is written to, if it is
    about something they must know."""
    made = []
    for row in told:
        if _lives(row, now):
            made.append(rows.timer("sessions.tell", row, now))
        elif states.is_news(row):
            called = f"sessions.call:{row.id}:{row.state}"
            made.append(("sessions.call", jobs.Planned(now, {"session_id": row.id}, key=called)))
    return made


def _lives(row: VoiceSession, now: datetime) -> bool:
    return row.answer is not None and row.answer_until is not None and row.answer_until > now


async def answer_by(
    session: AsyncSession, row: VoiceSession, answer: Answer, *, now: datetime
) -> None:
    """From now on it is this message that is kept up to date."""
    row.answer, row.answer_until = answer.token, answer.until
    await session.flush()
    await tell(session, [row], now=now)


async def to_tell(session: AsyncSession, session_id: int, *, now: datetime) -> ToTell | None:
    """None: there is nothing to be told, or no way to."""
    row = await session.get(VoiceSession, session_id)
    if row is None or row.answer is None or row.answer_until is None or row.answer_until <= now:
        return None
    return ToTell(row, await place(session, row), Answer(row.answer, row.answer_until))


async def place(session: AsyncSession, row: VoiceSession) -> int:
    waiting: Sequence[VoiceSession] = ()
    if row.state == State.REQUESTED:
        waiting = await rows.active(session)
    return lanes.place(waiting, row)


async def forget(session: AsyncSession, session_id: int, token: str) -> None:
    """The last word is said."""
    row = await rows.locked(session, session_id)
    if row is not None and row.answer == token:
        row.answer = row.answer_until = None


async def give_up(session: AsyncSession, session_id: int, token: str, *, now: datetime) -> None:
    """This token is good for nothing."""
    row = await rows.locked(session, session_id)
    if row is not None and row.answer == token:
        row.answer = row.answer_until = None
        await tell(session, [row], now=now)
