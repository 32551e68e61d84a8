from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Caller, Scope

from . import rules
from .model import Token

NOTED_AT_MOST_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Made:
    token: Token
    text: str
    """Nobody can tell it again."""


async def create_token(
    session: AsyncSession,
    *,
    user_id: UserId,
    name: str = "token",
    days: int = rules.DEFAULT_DAYS,
    read_only: bool = False,
    now: datetime,
) -> Made:
    good_for = rules.check_wanted(user_id=user_id, name=name, days=days)
    token_id = rules.new_id()
    text = rules.new_text(token_id)
    scopes = (Scope.READ,) if read_only else tuple(Scope)
    token = Token(
        id=token_id,
        user_id=user_id,
        name=name,
        hash=rules.hash_of(text),
        scopes=" ".join(scopes),
        created_at=now,
        expires_at=now + good_for,
    )
    session.add(token)
    await session.flush()
    return Made(token, text)


async def list_tokens(session: AsyncSession, user_id: UserId | None = None) -> Sequence[Token]:
    """The newest first; those that are over are among them until they are forgotten."""
    tokens = select(Token).order_by(Token.created_at.desc(), Token.id)
    if user_id is not None:
        tokens = tokens.where(Token.user_id == user_id)
    return list(await session.scalars(tokens))


async def revoke_token(session: AsyncSession, token_id: str, *, now: datetime) -> Token:
    """At once and for good; one that was revoked before stays as it is. Raise NotFound."""
    token = await session.get(Token, token_id, with_for_update=True)
    if token is None:
        raise NotFound("token_unknown", token=token_id[:100])
    token.revoked_at = token.revoked_at or now
    await session.flush()
    return token


async def authenticate(session: AsyncSession, text: str, *, now: datetime) -> Caller | None:
    """Who asks. None, and nothing said of the reason, for one that is unknown, expired or revoked."""
    token_id = rules.id_in(text)
    if token_id is None:
        return None
    token = await session.get(Token, token_id)
    right = rules.is_right(text, None if token is None else token.hash)
    if token is None or not right or not _is_good(token, now):
        return None
    if token.last_used_at is None or now - token.last_used_at >= NOTED_AT_MOST_EVERY:
        token.last_used_at = now
    return Caller(UserId(token.user_id), frozenset(_scopes(token)))


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of the tokens that have been over for longer than they are kept; how many."""
    over = or_(Token.expires_at < now - KEPT, Token.revoked_at < now - KEPT)
    old = select(Token.id).where(over).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(Token).where(Token.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount


def _is_good(token: Token, now: datetime) -> bool:
    return token.revoked_at is None and now < token.expires_at


def _scopes(token: Token) -> list[Scope]:
    """Those of a newer version open nothing here."""
    return [scope for scope in Scope if scope in token.scopes.split()]
