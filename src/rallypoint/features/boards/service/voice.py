"""Who is in which voice channel, and what the rooms among them are up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Room
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.ports import Discord, GuildLook

SHOWN = select(
    Room.id,
    Room.channel_id,
    Room.owner_id,
    Room.state,
    Room.kind,
    Room.deadline_at,
    Room.held_by,
    Room.keeper,
)
"""Only these: there may be many."""


@dataclass(frozen=True, slots=True)
class Seat:
    user_id: UserId
    name: str
    bot: bool
    since: datetime
    estimated: bool


@dataclass(frozen=True, slots=True)
class RoomShown:
    id: int
    owner: str
    state: str
    kind: str
    deadline_at: datetime | None
    is_held: bool
    is_ours: bool
    """Not kept by another feature, which alone ends it."""


@dataclass(frozen=True, slots=True)
class Floor:
    """One voice channel."""

    id: ChannelId
    name: str
    category: str
    seats: tuple[Seat, ...]
    room: RoomShown | None


@dataclass(frozen=True, slots=True)
class Board:
    """Two that are equal look the same."""

    floors: tuple[Floor, ...]
    known: bool
    """False: the server has an outage or the bot was away, and this is how it was seen last."""

    @property
    def people(self) -> int:
        return sum(not seat.bot for floor in self.floors for seat in floor.seats)


async def board(
    session: AsyncSession,
    discord: Discord,
    guild_id: GuildId,
    look: GuildLook | None,
    *,
    seen: Collection[ChannelId] | None,
) -> Board:
    """*seen*: the only channels to be shown; None: all there are."""
    present = await presence.present(session, guild_id)
    live = SHOWN.where(Room.guild_id == guild_id, Room.state.in_(rooms.WITH_CHANNEL))
    by_channel = {row.channel_id: row for row in await session.execute(live)}
    owners = {UserId(row.owner_id) for row in by_channel.values()}
    names = discord.member_names(guild_id, owners | {each.user_id for each in present})
    seats: dict[ChannelId, list[Seat]] = {}
    for each in present:
        name = names.get(each.user_id) or str(each.user_id)
        seat = Seat(each.user_id, name, each.bot, each.since, each.estimated)
        seats.setdefault(each.channel_id, []).append(seat)
    floors = tuple(
        Floor(
            channel_id,
            name,
            category,
            tuple(seats.get(channel_id, ())),
            _room(by_channel.get(channel_id), names),
        )
        for channel_id, name, category in _places(look, seats)
        if seen is None or channel_id in seen
    )
    return Board(floors, known=look is not None and await presence.is_known(session, guild_id))


def _places(
    look: GuildLook | None, seats: Collection[ChannelId]
) -> list[tuple[ChannelId, str, str]]:
    """The voice channels in Discord's order; of a server in an outage, those in which somebody was."""
    if look is None:
        return [(channel_id, str(channel_id), "") for channel_id in seats]
    names = {each.id: each.name for each in look.channels}
    return [
        (each.id, each.name, names.get(each.parent_id, "") if each.parent_id else "")
        for each in look.channels
        if each.kind == "voice"
    ]


def _room(room: Row[*tuple[Any, ...]] | None, names: dict[UserId, str]) -> RoomShown | None:
    if room is None:
        return None
    return RoomShown(
        room.id,
        names.get(UserId(room.owner_id)) or str(room.owner_id),
        room.state,
        room.kind,
        room.deadline_at,
        is_held=room.held_by is not None,
        is_ours=room.keeper == rooms.KEEPER,
    )
