"""Destinations: who may have which, and what becomes of them. The caller owns the session and commits it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.model import DeliverySettings, Destination, DestinationState
from rallypoint.features.deliveries.rules import destinations as rules
from rallypoint.features.deliveries.rules import facts
from rallypoint.features.deliveries.rules.destinations import Kind, Terms
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel import signing
from rallypoint.kernel.errors import Conflict, NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Actor, Asker, Permission

from . import queueing, sealing, settling

SECRET_BYTES = 32
OVERLAP = timedelta(days=1)
"""How long the old secret signs beside the new one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    kind: Kind
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    destination: Destination
    secret: str | None
    """Told this once."""


def terms_of(parts: Parts) -> Terms:
    return Terms(facts.variables(parts.events.values()), parts.settings.bounds)


def place_of(by: Asker) -> GuildId | None:
    """Whose destinations they look after; None: the operator's."""
    if isinstance(by, Actor):
        by.check_may(Permission.MANAGE_GUILD)
        return by.guild_id
    return None


async def add(
    session: AsyncSession, wanted: Wanted, *, terms: Terms, by: Asker, now: datetime
) -> Made:
    guild_id = place_of(by)
    rules.check_name(wanted.name)
    config = rules.checked(wanted.kind, wanted.config, guild_id=guild_id, terms=terms)
    await _check_free(session, guild_id, wanted.name)
    secret = _new_secret() if wanted.kind is Kind.WEBHOOK_POST else None
    row = Destination(
        guild_id=guild_id,
        name=wanted.name,
        kind=wanted.kind.value,
        config={},
        secrets=[],
        state=DestinationState.ACTIVE.value,
        created_by=by.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    sealing.write_config(session, row, config, now=now)
    if secret is not None:
        row.secrets = [sealing.new_secret(session, row, secret, now=now)]
    await session.flush()
    await guilds.note(session, **_about(row, "added"), by=by, after=audited(row), now=now)
    return Made(row, secret)


async def edit(
    session: AsyncSession,
    destination_id: int,
    *,
    terms: Terms,
    by: Asker,
    now: datetime,
    name: str | None = None,
    config: Mapping[str, Any] | None = None,
) -> Destination:
    """None: it stays; so does where it goes, if the config says nothing of that."""
    row = await show(session, destination_id, by=by)
    before, guild_id = audited(row), None if row.guild_id is None else GuildId(row.guild_id)
    if name is not None and name != row.name:
        rules.check_name(name)
        await _check_free(session, guild_id, name, has_room=True)
        row.name = name
    if config is not None:
        wanted = {**_kept_place(session, row, config), **config}
        wanted = rules.checked(Kind(row.kind), wanted, guild_id=guild_id, terms=terms)
        sealing.write_config(session, row, wanted, now=now)
    row.updated_at = now
    await guilds.note(
        session, **_about(row, "edited"), by=by, before=before, after=audited(row), now=now
    )
    await _resume_readable(session, row, by=by, now=now)
    return row


def _kept_place(
    session: AsyncSession, row: Destination, config: Mapping[str, Any]
) -> Mapping[str, Any]:
    if rules.PLACES & config.keys():
        return {}
    sealing.check_readable(session, row)
    kept = sealing.config_of(session, row).items()
    return {name: value for name, value in kept if name in rules.PLACES}


async def rotate(session: AsyncSession, destination_id: int, *, by: Asker, now: datetime) -> Made:
    """Another secret; for a day both sign, unless the old one cannot be read any more."""
    row = await show(session, destination_id, by=by)
    if row.kind != Kind.WEBHOOK_POST:
        raise Refused("destination_unsigned", name=row.name)
    secret, until = _new_secret(), (now + OVERLAP).isoformat()
    kept = [each for each in row.secrets if each["until"] is None]
    old = [each | {"until": until} for each in kept if sealing.opens(session, row, each)]
    row.secrets = [sealing.new_secret(session, row, secret, now=now), *old]
    row.updated_at = now
    await guilds.note(session, **_about(row, "secret_rotated"), by=by, now=now)
    await _resume_readable(session, row, by=by, now=now)
    return Made(row, secret)


async def pause(
    session: AsyncSession, destination_id: int, *, by: Asker, now: datetime
) -> Destination:
    """What comes is kept for it."""
    row = await show(session, destination_id, by=by)
    if row.state == DestinationState.ACTIVE:
        row.state, row.updated_at = DestinationState.PAUSED, now
        await guilds.note(session, **_about(row, "paused"), by=by, now=now)
    return row


async def resume(
    session: AsyncSession, destination_id: int, *, by: Asker, now: datetime
) -> Destination:
    """Also one that was disabled, or that waits for its next try: it gets one now."""
    row = await show(session, destination_id, by=by)
    sealing.check_readable(session, row)
    if row.state != DestinationState.ACTIVE:
        row.state, row.reason, row.updated_at = DestinationState.ACTIVE, None, now
        row.failing_since, row.failures = None, 0
        await guilds.note(session, **_about(row, "resumed"), by=by, now=now)
    row.next_try_at = now if row.next_try_at else None
    await session.flush()
    await queueing.wake(session, [row], now=now)
    return row


async def _resume_readable(
    session: AsyncSession, row: Destination, *, by: Asker, now: datetime
) -> None:
    if row.reason == sealing.UNREADABLE and sealing.is_readable(session, row):
        await resume(session, row.id, by=by, now=now)


async def limits(session: AsyncSession, guild_id: GuildId | None) -> DeliverySettings:
    """As the guild has set them; the operator has those of the program as it comes."""
    if guild_id is None:
        return DeliverySettings()
    return await guilds.read(session, "deliveries", DeliverySettings, guild_id)


class Users(Protocol):
    """Who has events sent to a destination; asked before it is removed."""

    async def count(self, session: AsyncSession, destination_id: int) -> int: ...


async def remove(
    session: AsyncSession, destination_id: int, *, users: Users | None, by: Asker, now: datetime
) -> Destination:
    """What still waits for it is dead. Its secrets and its address go at once, its log with time."""
    row = await show(session, destination_id, by=by)
    await _check_unused(session, row, users)
    await guilds.note(session, **_about(row, "removed"), by=by, before=audited(row), now=now)
    row.state, row.updated_at = DestinationState.REMOVED, now
    row.secrets, row.config = [], {}
    await settling.bury(session, row.id, "removed", now=now)
    return row


async def _check_unused(session: AsyncSession, row: Destination, users: Users | None) -> None:
    count = 0 if users is None else await users.count(session, row.id)
    if count:
        raise Conflict("destination_in_use", name=row.name, count=count)


async def show(session: AsyncSession, destination_id: int, *, by: Asker) -> Destination:
    """Locked against who sends."""
    guild_id = place_of(by)
    row = await session.get(Destination, destination_id, with_for_update=True)
    gone = row is None or row.state == DestinationState.REMOVED
    if row is None or gone or (isinstance(by, Actor) and row.guild_id != guild_id):
        raise NotFound("destination_unknown", destination=destination_id)
    return row


async def listing(session: AsyncSession, *, by: Asker) -> Sequence[Destination]:
    rows = select(Destination).where(_of(place_of(by)), _THERE).order_by(Destination.id)
    return (await session.scalars(rows)).all()


def audited(row: Destination) -> dict[str, Any]:
    """Addresses may hold passwords: who changed what is known without them."""
    return {"name": row.name, "kind": row.kind, "to": rules.place(Kind(row.kind), row.config)}


_THERE = Destination.state != DestinationState.REMOVED


def _of(guild_id: GuildId | None) -> Any:
    if guild_id is None:
        return Destination.guild_id.is_(None)
    return Destination.guild_id == guild_id


async def _check_free(
    session: AsyncSession, guild_id: GuildId | None, name: str, *, has_room: bool = False
) -> None:
    ours = (_of(guild_id), _THERE)
    count = await session.scalar(select(func.count()).select_from(Destination).where(*ours))
    if guild_id is not None and not has_room:
        most = (await limits(session, guild_id)).most_destinations
        if (count or 0) >= most:
            raise Refused("too_many_destinations", most=most)
    same = select(Destination.id).where(*ours, Destination.name == name)
    if await session.scalar(same.limit(1)) is not None:
        raise Conflict("destination_name_taken", name=name)


def _new_secret() -> str:
    return signing.secret_of(secrets.token_bytes(SECRET_BYTES))


def _about(row: Destination, done: str) -> guilds.About:
    return {
        "action": f"deliveries.destination_{done}",
        "subject": f"{row.id} {row.name}",
        "guild_id": row.guild_id,
    }
