"""Who changed what, and when. Written in the transaction of the change: neither is there without the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypedDict

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds.model import LONGEST_NAME, LONGEST_SUBJECT, AuditEntry
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Asker


class Destinations(Protocol):
    """What a guild calls the places where events go."""

    async def names(
        self, session: AsyncSession, guild_id: GuildId, numbers: Collection[int]
    ) -> Mapping[int, str]:
        """Of those that are its own, also of what was removed."""


class About(TypedDict):
    """What was done to which thing: the part of a note that a feature's own things have in common."""

    action: str
    subject: str
    guild_id: int | None


async def note(
    session: AsyncSession,
    *,
    by: Asker,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    now: datetime,
    guild_id: GuildId | int | None = None,
) -> None:
    """*action*: `feature.past`; *before* and *after*: what differs, in its JSON shape and without secrets.

    Without a guild it was about the whole program: no guild sees it.
    """
    entry = AuditEntry(
        at=now,
        guild_id=guild_id,
        user_id=by.user_id,
        user_name=by.name[:LONGEST_NAME],
        action=action,
        subject=subject[:LONGEST_SUBJECT],
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
    )
    session.add(entry)
    await session.flush()


async def audit_log(
    session: AsyncSession,
    guild_id: GuildId | None,
    *,
    most: int = 50,
    before: int | None = None,
    action: str = "",
    who: str = "",
    subject: str = "",
) -> Sequence[AuditEntry]:
    """The newest first; *before*: only those older than the entry of that id. Without a guild: all there is.

    *who* and *subject*: only those in whose text they are found.
    """
    entries = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(most)
    if guild_id is not None:
        entries = entries.where(AuditEntry.guild_id == guild_id)
    if before is not None:
        entries = entries.where(AuditEntry.id < before)
    if action:
        entries = entries.where(AuditEntry.action == action)
    if who:
        entries = entries.where(AuditEntry.user_name.icontains(who, autoescape=True))
    if subject:
        entries = entries.where(AuditEntry.subject.icontains(subject, autoescape=True))
    return list(await session.scalars(entries))


async def actions_in(session: AsyncSession, guild_id: GuildId) -> Sequence[str]:
    """What has been done there, each once."""
    actions = select(AuditEntry.action).where(AuditEntry.guild_id == guild_id).distinct()
    return sorted(await session.scalars(actions))


async def last_names(
    session: AsyncSession, guild_id: GuildId, user_ids: Collection[UserId]
) -> dict[UserId, str]:
    """What those were called who did something there, when they did it last."""
    theirs = (AuditEntry.guild_id == guild_id, AuditEntry.user_id.in_(user_ids))
    last = select(func.max(AuditEntry.id)).where(*theirs).group_by(AuditEntry.user_id)
    found = await session.execute(
        select(AuditEntry.user_id, AuditEntry.user_name).where(AuditEntry.id.in_(last))
    )
    return {UserId(user_id): name for user_id, name in found if user_id is not None}
