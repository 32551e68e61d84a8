"""Who stands at the dashboard's door: people by their tokens, with the rights that Discord gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rallypoint.features.accounts import api as accounts
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Asker, Caller

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Door:
    parts: Parts

    async def caller_of(self, text: str) -> Caller | None:
        try:
            async with self.parts.sessions.begin() as session:
                return await accounts.authenticate(session, text, now=self.parts.clock.now())
        except DatabaseErrors as error:
            if not is_outage(error):
                raise
            raise Unavailable(f"The database does not answer ({type(error).__name__})") from error


async def create_token(
    session: AsyncSession,
    *,
    user_id: UserId,
    name: str,
    days: int = accounts.DEFAULT_DAYS,
    read_only: bool = False,
    by: Asker,
    now: datetime,
) -> accounts.Made:
    made = await accounts.create_token(
        session, user_id=user_id, name=name, days=days, read_only=read_only, now=now
    )
    token = made.token
    after = {
        "name": token.name,
        "user_id": str(token.user_id),
        "scopes": token.scopes,
        "expires_at": token.expires_at.isoformat(),
    }
    subject = f"token:{token.id}"
    await guilds.note(
        session, by=by, action="accounts.token_created", subject=subject, after=after, now=now
    )
    return made


async def revoke_token(
    session: AsyncSession, token_id: str, *, by: Asker, now: datetime
) -> accounts.Token:
    """Again, if it was revoked before: then nothing happens. Raise NotFound."""
    token = await accounts.revoke_token(session, token_id, now=now)
    if token.revoked_at == now:
        subject = f"token:{token.id}"
        before = {"name": token.name, "user_id": str(token.user_id)}
        await guilds.note(
            session, by=by, action="accounts.token_revoked", subject=subject, before=before, now=now
        )
    return token
