"""Whoever joins the lobby gets a room and is moved in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Reason, Room, State
from rallypoint.kernel import jobs
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId, UserId
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Means

from .model import LobbyRefusal

log = structlog.get_logger()

LOBBIES = "rooms.lobbies"
"""A guild's setting: the channels that are lobbies."""
MODELS = {"rooms": rooms.RoomSettings}
ON_THE_WAY = timedelta(seconds=30)
"""How long who is to be moved in counts as in."""
LOOK_AGAIN = timedelta(seconds=20)
"""While it is not known what became of a create, which takes `rooms` a minute, or how the guild is."""
LONGEST_WAIT = timedelta(hours=6)
"""For a guild: the bot may have been removed from it."""
SAID_FOR = timedelta(minutes=10)
"""A refusal is not repeated to the same member for this long."""
FORGOTTEN_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Joiner:
    guild_id: GuildId
    user_id: UserId
    lobby_id: ChannelId


Words = Callable[[Refused, ChannelId | None], Card]
"""What a joiner is told: why there is no room for them, or that they have to go into theirs by themselves."""


IS_LOBBY = Outbox.subject.in_(guilds.channels_listed(LOBBIES))
"""A voice event's channel is one."""


async def add_lobby(
    session: AsyncSession, channel_id: ChannelId, *, actor: Actor, now: datetime
) -> None:
    """Raise Forbidden for who is no admin of the guild, Conflict for one that is a lobby already."""
    await guilds.check_may_set(session, actor, actor.guild_id)
    there = (await rooms.settings_of(session, actor.guild_id)).lobbies
    if channel_id in there:
        raise Conflict("lobby_there")
    told: dict[str, Any] = {"by": actor, "now": now, "guild_id": actor.guild_id}
    await guilds.put(session, MODELS, LOBBIES, [*there, channel_id], **told)


async def remove_lobby(
    session: AsyncSession, channel_id: ChannelId, *, actor: Actor, now: datetime
) -> None:
    """With what was set for it; its rooms stay, and follow the guild. Raise as `add_lobby`, and NotFound."""
    await guilds.check_may_set(session, actor, actor.guild_id)
    there = (await rooms.settings_of(session, actor.guild_id)).lobbies
    if channel_id not in there:
        raise NotFound("lobby_unknown")
    told: dict[str, Any] = {"by": actor, "now": now, "guild_id": actor.guild_id}
    left = [each for each in there if each != channel_id]
    await guilds.put(session, MODELS, LOBBIES, left, **told)
    for key in guilds.keys_at(MODELS, "channel"):
        await guilds.reset(session, MODELS, key, channel_id=channel_id, **told)


async def notice(session: AsyncSession, joiner: Joiner, *, now: datetime) -> None:
    """Nothing, unless it is a lobby of the guild that was joined."""
    settings = await rooms.settings_of(session, joiner.guild_id)
    if joiner.lobby_id in settings.lobbies:
        await _receive_at(session, joiner, now, noticed_at=now)


async def _receive_at(
    session: AsyncSession, joiner: Joiner, due: datetime, *, noticed_at: datetime
) -> None:
    await jobs.schedule(
        session,
        "lobbies.receive",
        due=due,
        key=f"lobbies.receive:{joiner.guild_id}:{joiner.user_id}",
        guild_id=joiner.guild_id,
        user_id=joiner.user_id,
        lobby_id=joiner.lobby_id,
        noticed_at=noticed_at.isoformat(),
    )


async def must_wait(
    session: AsyncSession, joiner: Joiner, *, noticed_at: datetime, now: datetime
) -> bool:
    """The guild is not known now, as in an outage: they are received when it is, for who is in its lobby stays so."""
    if await presence.is_known(session, joiner.guild_id):
        return False
    if now < noticed_at + LONGEST_WAIT:
        await _receive_at(session, joiner, now + LOOK_AGAIN, noticed_at=noticed_at)
    return True


async def receive(
    means: Means, joiner: Joiner, *, reason: Callable[[str], str], words: Words
) -> None:
    """A room for them, and them in it. Run twice, it makes one room. Who has left the lobby in the meantime stays where
    they are, and the room closes."""
    standing = await means.discord.standing(joiner.guild_id, joiner.user_id)
    if standing is None:
        return
    actor = Actor(
        joiner.user_id, joiner.guild_id, standing.name, standing.permissions, standing.roles
    )
    try:
        room_id = await _request(means, joiner, actor)
        if room_id is None:
            return
        channel_id = await _create(means, room_id, reason=reason(actor.name))
    except Refused as refusal:
        await _refuse(means, joiner, refusal, words)
        return
    await _move(means, joiner, room_id, channel_id, words)


async def _create(means: Means, room_id: int, *, reason: str) -> ChannelId:
    """Raise Unavailable while its end is not known: the room stays theirs until it is, or another is made."""
    try:
        return await rooms.create(means, room_id, reason=reason)
    except OutcomeUnknown as unknown:
        async with means.sessions.begin() as session:
            room = await session.get_one(Room, room_id)
            room.awaited_until = means.clock.now() + LOOK_AGAIN + ON_THE_WAY
        raise Unavailable(str(unknown), retry_in=LOOK_AGAIN) from unknown


async def _request(means: Means, joiner: Joiner, actor: Actor) -> int | None:
    """The room that waits for them, or a new one. None: they are not in the lobby any more."""
    now = means.clock.now()
    home = means.discord.category_of(joiner.guild_id, joiner.lobby_id)
    async with means.sessions.begin() as session:
        settings = await rooms.settings_of(session, joiner.guild_id, joiner.lobby_id)
        inside = await presence.humans_in(session, joiner.lobby_id)
        if joiner.user_id not in inside or joiner.lobby_id not in settings.lobbies:
            return None
        of_lobby = select(Room).where(Room.lobby_id == joiner.lobby_id, Room.state.in_(rooms.LIVE))
        there = list(await session.scalars(of_lobby.order_by(Room.id)))
        for room in there:
            if room.creator_id == joiner.user_id and await _awaits(session, room, now=now):
                return room.id
        number = rooms.free_number({room.number for room in there if room.number})
        name = rooms.fill_template(settings.template, user=actor.name, number=number)
        requested = await rooms.request(
            session,
            actor=actor,
            kind=rooms.Kind.GENERATED,
            name=name[: settings.longest_name],
            parent_id=ChannelId(settings.category) if settings.category else home,
            overwrites=rooms.of_public(joiner.guild_id),
            keeper=rooms.KEEPER,
            lobby_id=joiner.lobby_id,
            user_limit=settings.user_limit,
            number=number,
            awaited_until=now + ON_THE_WAY,
            now=now,
        )
        return requested.room_id


async def _awaits(session: AsyncSession, room: Room, *, now: datetime) -> bool:
    """Whether that room of theirs is still to be had: on its way, or there and empty."""
    if room.state == State.DELETING:
        return False
    if room.awaited_until is not None and room.awaited_until > now:
        return True
    if room.channel_id is None or room.owner_id != room.creator_id or room.held_by is not None:
        return False
    if await presence.humans_in(session, ChannelId(room.channel_id)):
        return False
    room.awaited_until = now + ON_THE_WAY
    return True


async def _move(
    means: Means, joiner: Joiner, room_id: int, channel_id: ChannelId, words: Words
) -> None:
    async with means.sessions() as session:
        room = await session.get_one(Room, room_id)
        waiting = joiner.user_id in await presence.humans_in(session, joiner.lobby_id)
        arrived = joiner.user_id in await presence.humans_in(session, channel_id)
    if arrived:
        return
    try:
        if not waiting:
            raise Conflict("member_not_in_voice")
        await means.discord.move_member(
            joiner.guild_id,
            joiner.user_id,
            channel_id,
            operation=OperationId(room.operation),
            reason="join-to-create",
        )
    except Conflict as gone:
        await rooms.close(means, room_id, reason=Reason.NEVER_CAME)
        await _refuse(means, joiner, gone, words)
    except Refused as refusal:
        await _tell(means, joiner, words(refusal, channel_id))


async def _refuse(means: Means, joiner: Joiner, refusal: Refused, words: Words) -> None:
    """Once in a while: who joins again and again is told the same again and again."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        if not await _is_news(session, joiner, refusal.code, now=now):
            return
    await _tell(means, joiner, words(refusal, None))


async def _is_news(session: AsyncSession, joiner: Joiner, code: str, *, now: datetime) -> bool:
    """Noted before it is said: Discord counts what it has to forbid, such as messages to who takes none."""
    which = {"guild_id": joiner.guild_id, "user_id": joiner.user_id, "code": code}
    said = await session.get(LobbyRefusal, tuple(which.values()), with_for_update=True)
    if said is None:
        session.add(LobbyRefusal(**which, said_at=now))
        return True
    if said.said_at > now - SAID_FOR:
        return False
    said.said_at = now
    return True


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Some of what was said to joiners long ago; how many."""
    old = select(LobbyRefusal.guild_id, LobbyRefusal.user_id, LobbyRefusal.code)
    old = old.where(LobbyRefusal.said_at < now - SAID_FOR).limit(FORGOTTEN_AT_ONCE)
    which = tuple_(LobbyRefusal.guild_id, LobbyRefusal.user_id, LobbyRefusal.code)
    result = await session.execute(delete(LobbyRefusal).where(which.in_(old)))
    return cast("CursorResult[Any]", result).rowcount


async def _tell(means: Means, joiner: Joiner, card: Card) -> None:
    """By direct message; there is no interaction to answer. Who takes none is not told."""
    key = f"lobby {joiner.guild_id} {joiner.user_id} {means.clock.now():%Y%m%d%H%M%S}"
    try:
        await means.discord.tell(joiner.user_id, card, key=key)
    except (Refused, Unavailable) as error:
        log.info("joiner not told", guild=joiner.guild_id, user=joiner.user_id, error=str(error))
