"""Who is logged in to the dashboard, in which browsers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts.model import LogIn, LogInUsed, Person
from rallypoint.features.accounts.rules import log_ins as rules
from rallypoint.features.accounts.rules.tokens import hash_of, new_id
from rallypoint.kernel.db import storable
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import UserId

FORGOTTEN_AT_ONCE = 2000
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Begun:
    log_in: LogIn
    text: str
    """For the browser alone."""


@dataclass(frozen=True, slots=True)
class KnownLogIn:
    log_in_id: str
    user_id: UserId
    user_name: str
    zone: str
    """In which they want to read times; empty: as their browser has it."""
    is_noted: bool
    """That it was seen, within the last minute."""


async def use_state(session: AsyncSession, state: str, *, now: datetime) -> None:
    """Once and never again: raise Conflict."""
    session.add(LogInUsed(hash=hash_of(state), at=now))
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict("log_in_used") from None


async def claim_renewal(session: AsyncSession, sealed: bytes, *, now: datetime) -> None:
    """That one alone renews what was sealed so. Raise Conflict while another does, or once one has.

    Who has claimed it and come to no end makes way for the next.
    """
    key = _renewal_of(sealed)
    stuck = update(LogInUsed).where(
        LogInUsed.hash == key, LogInUsed.at <= now - rules.RENEWED_WITHIN
    )
    taken = cast("CursorResult[Any]", await session.execute(stuck.values(at=now))).rowcount
    if taken:
        return
    session.add(LogInUsed(hash=key, at=now))
    try:
        await session.flush()
    except IntegrityError:
        raise Conflict("renewal_claimed") from None


async def give_back_renewal(session: AsyncSession, sealed: bytes) -> None:
    """It came to nothing: whoever wants may try."""
    await session.execute(delete(LogInUsed).where(LogInUsed.hash == _renewal_of(sealed)))


def _renewal_of(sealed: bytes) -> bytes:
    return hashlib.sha256(b"renewal " + sealed).digest()


async def begin(
    session: AsyncSession, *, user_id: UserId, user_name: str, user_agent: str, now: datetime
) -> Begun:
    """A new log-in, whatever the browser carried before."""
    text = rules.new_text()
    log_in = LogIn(
        id=new_id(),
        user_id=user_id,
        user_name=storable(user_name)[:LONGEST_NAME],
        hash=hash_of(text),
        browser=rules.browser_of(user_agent),
        created_at=now,
        seen_at=now,
        expires_at=now + rules.LONGEST,
        sealed=None,
    )
    session.add(log_in)
    await session.flush()
    return Begun(log_in, text)


async def find(session: AsyncSession, text: str, *, now: datetime) -> KnownLogIn | None:
    """Only reads. None for what is unknown, over, or ended."""
    if not rules.could_be_ours(text):
        return None
    row = (
        await session.execute(
            select(LogIn, Person.zone)
            .outerjoin(Person, Person.user_id == LogIn.user_id)
            .where(LogIn.hash == hash_of(text))
        )
    ).one_or_none()
    if row is None:
        return None
    found, zone = row
    if not rules.is_good(seen_at=found.seen_at, expires_at=found.expires_at, now=now):
        return None
    noted = now - found.seen_at < rules.SEEN_AT_MOST_EVERY
    return KnownLogIn(found.id, UserId(found.user_id), found.user_name, zone or "", is_noted=noted)


async def note_seen(session: AsyncSession, log_in_id: str, *, now: datetime) -> None:
    await session.execute(update(LogIn).where(LogIn.id == log_in_id).values(seen_at=now))


async def seal(session: AsyncSession, log_in_id: str, sealed: bytes | None) -> None:
    await session.execute(update(LogIn).where(LogIn.id == log_in_id).values(sealed=sealed))


async def sealed_of(session: AsyncSession, log_in_id: str) -> bytes | None:
    found: bytes | None = await session.scalar(select(LogIn.sealed).where(LogIn.id == log_in_id))
    return found


async def list_of(session: AsyncSession, user_id: UserId, *, now: datetime) -> Sequence[LogIn]:
    """The one that was seen last first."""
    rows = select(LogIn).where(LogIn.user_id == user_id).order_by(LogIn.seen_at.desc(), LogIn.id)
    return [
        each
        for each in await session.scalars(rows)
        if rules.is_good(seen_at=each.seen_at, expires_at=each.expires_at, now=now)
    ]


async def end(session: AsyncSession, log_in_id: str, *, by: UserId) -> None:
    """At once and for good. Raise NotFound for another's, as for one that is not there."""
    gone = await session.execute(delete(LogIn).where(LogIn.id == log_in_id, LogIn.user_id == by))
    if not cast("CursorResult[Any]", gone).rowcount:
        raise NotFound("log_in_unknown")


async def end_all(session: AsyncSession, *, of: UserId, but: str | None = None) -> int:
    """How many."""
    theirs = delete(LogIn).where(LogIn.user_id == of)
    if but is not None:
        theirs = theirs.where(LogIn.id != but)
    return cast("CursorResult[Any]", await session.execute(theirs)).rowcount


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of those that are over; how many."""
    over = or_(LogIn.expires_at < now, LogIn.seen_at < now - rules.IDLE)
    old = select(LogIn.id).where(over).limit(FORGOTTEN_AT_ONCE)
    used = select(LogInUsed.hash).where(LogInUsed.at < now - 2 * rules.ON_THE_WAY)
    count = 0
    for statement in (
        delete(LogIn).where(LogIn.id.in_(old)),
        delete(LogInUsed).where(LogInUsed.hash.in_(used.limit(FORGOTTEN_AT_ONCE))),
    ):
        count += cast("CursorResult[Any]", await session.execute(statement)).rowcount
    return count
