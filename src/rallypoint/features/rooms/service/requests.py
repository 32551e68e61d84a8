"""The intent: a row, before anything is asked of Discord. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.rooms.model import Bar, Room, RoomSettings
from rallypoint.features.rooms.rules import codenames, names, requests, states
from rallypoint.features.rooms.rules import overwrites as shapes
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import Forbidden
from rallypoint.kernel.ids import ChannelId, GuildId, UserId, new_operation
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Overwrite

SETTLE_AFTER = timedelta(seconds=60)
"""Until then a create that has left no trace may still be under way; after it, it has failed."""


_bar = cast(Table, Bar.__table__).c
_BARRED = select(_bar.by_id).where(
    _bar.guild_id == bindparam("guild_id"), _bar.user_id == bindparam("user_id")
)
_room = cast(Table, Room.__table__).c
_MINE, _LIVE = _room.creator_id == bindparam("member_id"), _room.state.in_(states.LIVE)
_USAGE = select(
    func.count().filter(_MINE, _LIVE),
    func.count().filter(_MINE, _room.requested_at > bindparam("since")),
    func.count().filter(_LIVE),
).where(_room.guild_id == bindparam("guild_id"))


@dataclass(frozen=True, slots=True)
class Requested:
    """A room to be, and what counts for it."""

    room: Room
    settings: RoomSettings

    @property
    def room_id(self) -> int:
        return self.room.id


def settle_key(room_id: int) -> str:
    return f"rooms.settle:{room_id}"


async def settings_of(
    session: AsyncSession, guild_id: GuildId, lobby_id: int | None = None
) -> RoomSettings:
    """*lobby_id*: as they count for the rooms of that lobby."""
    channel_id = ChannelId(lobby_id) if lobby_id else None
    return await guilds.read(session, "rooms", RoomSettings, guild_id, channel_id)


async def settings_for(session: AsyncSession, room: Room) -> RoomSettings:
    return await settings_of(session, GuildId(room.guild_id), room.lobby_id)


async def request(
    session: AsyncSession,
    *,
    actor: Actor,
    kind: states.Kind,
    name: str,
    parent_id: ChannelId | None,
    overwrites: Sequence[Overwrite],
    keeper: str,
    now: datetime,
    user_limit: int = 0,
    lobby_id: ChannelId | None = None,
    number: int | None = None,
    awaited_until: datetime | None = None,
    settings: RoomSettings | None = None,
    at_once: bool = False,
) -> Requested:
    """A row in `creating`, and the timer that settles it should nobody come back. Without a parent: the category that
    is set for rooms. Raise Conflict (a quota), Forbidden (who may not make rooms) or Refused (the name).

    *settings*: those that count there, if they are known. *at_once*: what this returns is given to `create` right after
    the commit, from which on Discord counts as asked."""
    settings = settings or await settings_of(session, actor.guild_id, lobby_id)
    await check_may_request(session, settings, actor, keeper=keeper, now=now)
    room = Room(
        guild_id=actor.guild_id,
        kind=kind,
        keeper=keeper,
        name=names.clean(name, settings.name_rules),
        owner_id=actor.user_id,
        creator_id=actor.user_id,
        parent_id=parent_id or settings.category,
        lobby_id=lobby_id,
        number=number,
        awaited_until=awaited_until,
        overwrites=_stored(overwrites),
        user_limit=user_limit,
        operation=new_operation(now),
        state=states.State.CREATING,
        requested_at=now,
        asked_at=now if at_once else None,
    )
    session.add(room)
    await session.flush()
    await jobs.schedule(
        session,
        "rooms.settle",
        due=now + SETTLE_AFTER,
        key=settle_key(room.id),
        room_id=room.id,
    )
    return Requested(room, settings)


def _stored(given: Sequence[Overwrite]) -> list[dict[str, object]]:
    return [shapes.to_json(each) for each in given]


async def check_may_request(
    session: AsyncSession, settings: RoomSettings, actor: Actor, *, keeper: str, now: datetime
) -> None:
    """How many rooms a keeper lets people have is its own to decide."""
    told = {"guild_id": actor.guild_id, "user_id": actor.user_id}
    if await session.scalar(_BARRED, told) is not None:
        raise Forbidden("rooms_barred")
    if keeper != states.KEEPER:
        return
    requests.check_may_open(actor, settings.may_open)
    requests.check_quota(
        await usage(session, actor.guild_id, actor.user_id, now=now),
        most_open=settings.most_open,
        most_an_hour=settings.most_an_hour,
        most_of_guild=settings.most_of_guild,
    )


async def codename(
    session: AsyncSession, guild_id: GuildId, *, choose: Callable[[Sequence[str]], str]
) -> str:
    """One that no live room of the guild has."""
    taken = await live_names(session, guild_id)
    return requests.pick(codenames.CODENAMES, taken=taken, choose=choose)


async def usage(
    session: AsyncSession, guild_id: GuildId, member_id: UserId, *, now: datetime
) -> requests.Usage:
    """A room counts for who made it, whoever owns it by now."""
    since = now - requests.AN_HOUR
    told = {"guild_id": guild_id, "member_id": member_id, "since": since}
    row = await session.execute(_USAGE, told)
    open_of_member, created_in_an_hour, open_of_guild = row.one()
    return requests.Usage(open_of_member, created_in_an_hour, open_of_guild)


async def live_names(session: AsyncSession, guild_id: GuildId) -> set[str]:
    names = await session.scalars(
        select(Room.name).where(Room.guild_id == guild_id, Room.state.in_(states.LIVE))
    )
    return set(names)
