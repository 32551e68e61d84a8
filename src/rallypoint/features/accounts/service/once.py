"""Requests of programs that are carried out once: the answer is kept, for whoever asks again with the same key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts.model import IdempotencyKey
from rallypoint.features.accounts.rules import once as rules
from rallypoint.features.accounts.rules.tokens import new_id
from rallypoint.kernel.errors import Conflict, Refused
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.vault import CannotOpen, vault_of

FORGOTTEN_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """Somebody is to carry it out now, and to `keep_answer` or to `give_back_request`."""

    hash: bytes
    id: str


async def claim_request(
    session: AsyncSession, key: str, *, user_id: UserId, request: bytes, now: datetime
) -> Run | bytes:
    """The answer, if there is one already.

    Raise Refused if the key was used for another *request* (a hash), Conflict while it is being carried out.
    """
    run = Run(rules.hash_of(user_id, key), new_id())
    row = await session.get(IdempotencyKey, run.hash, with_for_update=True)
    if row is not None and not rules.is_over(row.begun_at, now):
        if row.request != request:
            raise Refused("idempotency_key_used")
        if row.sealed is not None:
            return _opened(session, row, now)
        if not rules.is_given_up(row.begun_at, now):
            raise Conflict("idempotency_key_busy")
    if row is None:
        row = IdempotencyKey(hash=run.hash, user_id=user_id)
        session.add(row)
    row.request, row.run, row.begun_at, row.sealed = request, run.id, now, None
    try:
        await session.flush()
    except IntegrityError:
        # Another was quicker.
        raise Conflict("idempotency_key_busy") from None
    return run


async def keep_answer(session: AsyncSession, run: Run, answer: bytes, *, now: datetime) -> None:
    """Nothing, if another has taken the run over meanwhile."""
    sealed = vault_of(session).seal(answer, purpose=_purpose(run.hash), now=now)
    await session.execute(update(IdempotencyKey).where(*_is(run)).values(sealed=sealed))


async def give_back_request(session: AsyncSession, run: Run) -> None:
    """It came to nothing: whoever wants may try."""
    await session.execute(delete(IdempotencyKey).where(*_is(run)))


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of those that are over; how many."""
    over = IdempotencyKey.begun_at <= now - rules.KEPT
    old = select(IdempotencyKey.hash).where(over).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(IdempotencyKey).where(IdempotencyKey.hash.in_(old)))
    return cast("CursorResult[Any]", result).rowcount


def _is(run: Run) -> tuple[Any, ...]:
    return IdempotencyKey.hash == run.hash, IdempotencyKey.run == run.id


def _opened(session: AsyncSession, row: IdempotencyKey, now: datetime) -> bytes:
    try:
        return vault_of(session).open(row.sealed or b"", purpose=_purpose(row.hash), now=now)
    except CannotOpen:
        raise Conflict("idempotency_answer_lost") from None


def _purpose(of: bytes) -> str:
    return f"idempotency key {of.hex()}"
