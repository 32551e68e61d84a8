"""One's own accounts: what is kept, and how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts.model import IdempotencyKey, LogIn, Person, Token
from rallypoint.kernel.ids import UserId


async def export(session: AsyncSession, user_id: UserId) -> Mapping[str, Any]:
    """Nothing of it opens anything."""
    log_ins = await session.scalars(select(LogIn).where(LogIn.user_id == user_id))
    tokens = await session.scalars(select(Token).where(Token.user_id == user_id))
    asked_once = await session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.user_id == user_id)
    )
    person = await session.get(Person, user_id)
    return {
        "zone": person and person.zone,
        "log_ins": [
            {
                "browser": each.browser,
                "name": each.user_name,
                "created_at": each.created_at.isoformat(),
                "seen_at": each.seen_at.isoformat(),
            }
            for each in log_ins
        ],
        "tokens": [
            {
                "name": each.name,
                "scopes": each.scopes.split(),
                "created_at": each.created_at.isoformat(),
                "expires_at": each.expires_at.isoformat(),
                "last_used_at": each.last_used_at and each.last_used_at.isoformat(),
            }
            for each in tokens
        ],
        "idempotency_keys": [{"begun_at": each.begun_at.isoformat()} for each in asked_once],
    }


async def forget(session: AsyncSession, user_id: UserId, now: datetime) -> int:
    """They are logged out everywhere, and their programs' tokens open nothing any more."""
    return sum(
        [
            cast(
                "CursorResult[Any]",
                await session.execute(delete(kept).where(kept.user_id == user_id)),
            ).rowcount
            for kept in (LogIn, Token, Person, IdempotencyKey)
        ]
    )
