from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts.model import Token
from rallypoint.features.accounts.rules import tokens as rules
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Asker, Caller, Scope

NOTED_AT_MOST_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Made:
    token: Token
    text: str
    """Nobody can tell it again."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whose token is good."""

    caller: Caller
    token_id: str
    is_noted: bool
    """That it was used, within the last minute."""


async def create_token(
    session: AsyncSession,
    *,
    user_id: UserId,
    name: str = "token",
    days: int = rules.DEFAULT_DAYS,
    read_only: bool = False,
    by: Asker,
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
    await _note(
        session,
        token,
        "created",
        by=by,
        now=now,
        after=_told(token) | {"scopes": token.scopes, "expires_at": token.expires_at.isoformat()},
    )
    return Made(token, text)


async def list_tokens(session: AsyncSession, user_id: UserId | None = None) -> Sequence[Token]:
    """The newest first; those that are over are among them until they are forgotten."""
    tokens = select(Token).order_by(Token.created_at.desc(), Token.id)
    if user_id is not None:
        tokens = tokens.where(Token.user_id == user_id)
    return list(await session.scalars(tokens))


async def revoke_token(session: AsyncSession, token_id: str, *, by: Asker, now: datetime) -> Token:
    """At once and for good; one that was revoked before stays as it is. Raise NotFound."""
    token = await session.get(Token, token_id, with_for_update=True)
    if token is None:
        raise NotFound("token_unknown", token=token_id[:100])
    if token.revoked_at is None:
        token.revoked_at = now
        await _note(session, token, "revoked", by=by, now=now, before=_told(token))
    return token


async def authenticate(session: AsyncSession, text: str, *, now: datetime) -> Known | None:
    """Who asks. None, and nothing said of the reason, for one that is unknown, expired or revoked.

    Only reads, and nothing for what no token looks like: whoever makes up tokens must not have the program write.
    """
    token_id = rules.id_in(text)
    if token_id is None:
        return None
    token = await session.get(Token, token_id)
    right = rules.is_right(text, None if token is None else token.hash)
    if token is None or not right or not _is_good(token, now):
        return None
    used_at = token.last_used_at
    return Known(
        Caller(UserId(token.user_id), frozenset(_scopes(token))),
        token.id,
        is_noted=used_at is not None and now - used_at < NOTED_AT_MOST_EVERY,
    )


async def note_use(session: AsyncSession, token_id: str, *, now: datetime) -> None:
    await session.execute(update(Token).where(Token.id == token_id).values(last_used_at=now))


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of the tokens that have been over for longer than they are kept; how many."""
    over = or_(Token.expires_at < now - KEPT, Token.revoked_at < now - KEPT)
    old = select(Token.id).where(over).limit(FORGOTTEN_AT_ONCE)
    result = await session.execute(delete(Token).where(Token.id.in_(old)))
    return cast("CursorResult[Any]", result).rowcount


async def _note(
    session: AsyncSession, token: Token, what: str, *, by: Asker, now: datetime, **told: Any
) -> None:
    action, subject = f"accounts.token_{what}", f"token:{token.id}"
    await guilds.note(session, by=by, action=action, subject=subject, now=now, **told)


def _told(token: Token) -> dict[str, Any]:
    """Nothing of it that opens anything."""
    return {"name": token.name, "user_id": str(token.user_id)}


def _is_good(token: Token, now: datetime) -> bool:
    return token.revoked_at is None and now < token.expires_at


def _scopes(token: Token) -> list[Scope]:
    """Those of a newer version open nothing here."""
    return [scope for scope in Scope if scope in token.scopes.split()]
