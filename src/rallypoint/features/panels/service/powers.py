"""What owners and moderators do with rooms. Each looks first, then asks Discord, then writes down what is so now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.panels.rules import access, powers
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.features.rooms.api import Power, Reason, Room
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId, UserId
from rallypoint.kernel.people import Actor, Permission
from rallypoint.kernel.ports import Means, Overwrite, VoiceChannelChanges

from . import panel

Changed = tuple[Overwrite, Permission]


@dataclass(frozen=True, slots=True)
class Held:
    """A room, looked at and found to be this actor's to do that with."""

    room_id: int
    guild_id: GuildId
    channel_id: ChannelId
    operation: OperationId
    owner_id: UserId
    base: tuple[Overwrite, ...]
    humans: frozenset[UserId]
    reason: str
    """For the audit log."""


async def room_meant(
    session: AsyncSession, actor: Actor, *, named: ChannelId | None, here: ChannelId | None
) -> int:
    """The room somebody means: the one they name, else the one they write in, else the newest that they own."""
    of_guild = select(Room.id).where(Room.guild_id == actor.guild_id)
    live = of_guild.where(Room.state.in_(rooms.WITH_CHANNEL)).order_by(Room.id.desc()).limit(1)
    wanted = [live.where(Room.channel_id == named)] if named else []
    if not named:
        wanted += [live.where(Room.channel_id == here)] if here else []
        wanted.append(live.where(Room.owner_id == actor.user_id, Room.keeper == rooms.KEEPER))
    for query in wanted:
        if (found := await session.scalar(query)) is not None:
            return found
    raise NotFound("no_room_meant" if named is None else "not_a_room", channel=f"<#{named}>")


async def look(
    means: Means,
    room_id: int,
    power: Power | None,
    *,
    actor: Actor,
    needed: Permission = Permission.MANAGE_CHANNELS,
) -> Held:
    """Raise what is in the way: of the actor, of the room, or of the bot, which must have *needed* there."""
    async with means.sessions() as session:
        room = await session.get(Room, room_id)
        if room is None or room.channel_id is None or room.guild_id != actor.guild_id:
            raise NotFound("room_unknown")
        settings = await rooms.settings_for(session, room)
        humans = frozenset(await presence.humans_in(session, ChannelId(room.channel_id)))
    powers.check_may(power, actor, _target(room, humans), off=settings.powers_off)
    channel_id = ChannelId(room.channel_id)
    rooms.check_in_channel(means.discord, actor.guild_id, channel_id, needed)
    return Held(
        room_id,
        actor.guild_id,
        channel_id,
        OperationId(room.operation),
        UserId(room.owner_id),
        tuple(rooms.from_json(each) for each in room.overwrites or ()),
        humans,
        f"{power.value if power else 'room'}, by {actor.name}",
    )


def _target(room: Room, humans: frozenset[UserId]) -> powers.Target:
    return powers.Target(
        state=room.state,
        keeper=room.keeper,
        owner_id=UserId(room.owner_id),
        creator_id=UserId(room.creator_id),
        humans=humans,
        held=room.held_by is not None,
    )


async def limit(means: Means, room_id: int, most: int, *, actor: Actor) -> None:
    powers.check_limit(most)
    held = await look(means, room_id, Power.LIMIT, actor=actor)
    changes = VoiceChannelChanges(user_limit=most)
    await means.discord.edit_voice_channel(
        held.channel_id, changes, operation=held.operation, reason=held.reason
    )
    async with means.sessions.begin() as session:
        await rooms.note(session, room_id, user_limit=most)
        await panel.show(session, room_id, now=means.clock.now())


async def lock(means: Means, room_id: int, *, on: bool, actor: Actor) -> None:
    """Nobody else comes in; who is in stays."""
    await _bar(means, room_id, Power.LOCK, Permission.CONNECT, on=on, actor=actor)
    await _note(means, room_id, locked=on)


async def hide(means: Means, room_id: int, *, on: bool, actor: Actor) -> None:
    """Nobody else sees it."""
    await _bar(means, room_id, Power.HIDE, Permission.VIEW_CHANNEL, on=on, actor=actor)
    await _note(means, room_id, hidden=on)


async def _bar(
    means: Means, room_id: int, power: Power, bit: Permission, *, on: bool, actor: Actor
) -> None:
    held = await look(means, room_id, power, actor=actor, needed=Permission.MANAGE_ROLES)
    base = held.base or rooms.of_public(held.guild_id)
    if on:
        # First, for nobody is to lock themselves out.
        await _let_in(means, held, held.owner_id)
    await _change(means, held, access.changes(base, bit, off=on))


async def invite(means: Means, room_id: int, guests: Iterable[UserId], *, actor: Actor) -> None:
    """They may see it and come in, whatever else holds for it."""
    held = await look(means, room_id, Power.INVITE, actor=actor, needed=Permission.MANAGE_ROLES)
    for guest in guests:
        await _let_in(means, held, guest)


async def kick(means: Means, room_id: int, user_id: UserId, *, actor: Actor) -> None:
    """Out, and not in again unless they are invited."""
    needed = Permission.MANAGE_ROLES | Permission.MOVE_MEMBERS
    held = await look(means, room_id, Power.KICK, actor=actor, needed=needed)
    if user_id in (actor.user_id, held.owner_id, means.discord.bot_id):
        raise Conflict("not_to_be_kicked")
    await _change(means, held, [(access.of_banished(user_id), Permission.NONE)])
    if user_id in held.humans:
        try:
            await means.discord.move_member(
                held.guild_id, user_id, None, operation=held.operation, reason=held.reason
            )
        except Conflict:
            return


async def transfer(means: Means, room_id: int, heir: UserId, *, actor: Actor) -> None:
    held = await look(means, room_id, Power.TRANSFER, actor=actor)
    if heir == held.owner_id:
        raise Conflict("room_theirs_already")
    if heir not in held.humans:
        raise Conflict("heir_outside", member=f"<@{heir}>")
    await _hand_over(means, held, heir)


async def claim(means: Means, room_id: int, *, actor: Actor) -> None:
    held = await look(means, room_id, Power.CLAIM, actor=actor)
    await _hand_over(means, held, actor.user_id)


async def _hand_over(means: Means, held: Held, heir: UserId) -> None:
    """Raise Conflict if somebody else was quicker."""
    async with means.sessions.begin() as session:
        room = await session.scalar(select(Room).where(Room.id == held.room_id).with_for_update())
        if room is None or room.owner_id != held.owner_id:
            raise Conflict("room_changed_hands")
        await rooms.note(session, room.id, owner_id=heir)
        now = await panel.of_room(session, room.id)
        shut = now.locked or now.hidden
        await panel.show(session, room.id, now=means.clock.now())
    if shut:
        await _let_in(means, held, heir)


async def close(means: Means, room_id: int, *, actor: Actor) -> bool:
    """As `rooms.close`."""
    held = await look(means, room_id, Power.CLOSE, actor=actor)
    reason = Reason.OWNER if actor.user_id == held.owner_id else Reason.MODERATOR
    return await rooms.close(means, room_id, reason=reason)


async def _let_in(means: Means, held: Held, user_id: UserId) -> None:
    await _change(means, held, [(access.of_guest(user_id), Permission.NONE)])


async def _change(means: Means, held: Held, changes: Iterable[Changed]) -> None:
    for wanted, clear in changes:
        await means.discord.change_overwrite(
            held.guild_id,
            held.channel_id,
            wanted,
            clear=clear,
            operation=held.operation,
            reason=held.reason,
        )


async def _note(means: Means, room_id: int, **values: bool) -> None:
    async with means.sessions.begin() as session:
        shown = await panel.of_room(session, room_id)
        for name, value in values.items():
            setattr(shown, name, value)
        await panel.show(session, room_id, now=means.clock.now())
