"""What is true of every world, whatever was done to it."""

from __future__ import annotations

from collections.abc import Iterator

from fakecord import permissions
from fakecord.entities import THREADS, ChannelType
from fakecord.permissions import Permission
from fakecord.rules import events
from fakecord.world import GuildState, World


def broken(world: World, now: float) -> list[str]:
    """In words; empty for a world that holds together."""
    return [
        words
        for state in world.guilds.values()
        for words in (
            *_places(world, state), *_people(world, state), *_seats(world, state),
            *_things(world, state), *_rights(state, now),
        )
    ] + list(_messages(world))  # fmt: skip


def _places(world: World, state: GuildState) -> Iterator[str]:
    for channel in (*state.channels.values(), *state.threads.values()):
        if not world.guild_of_channel.get(channel.id) == state.guild.id == channel.guild_id:
            yield f"{channel.name} is in no guild"
        parent = state.channels.get(channel.parent_id or "")
        if channel.parent_id is not None and parent is None:
            yield f"{channel.name} is in a channel that is gone"
        is_inside = parent is not None and parent.type == ChannelType.CATEGORY
        if parent is not None and is_inside is (channel.type in THREADS):
            yield f"{channel.name} cannot be in {parent.name}"
    known = {*state.channels, *state.threads}
    for channel_id, guild_id in world.guild_of_channel.items():
        if guild_id == state.guild.id and channel_id not in known:
            yield f"{channel_id} is found and is not there"


def _people(world: World, state: GuildState) -> Iterator[str]:
    if state.guild.owner_id not in state.members:
        yield "the owner is gone"
    if state.guild.id not in state.roles:
        yield "there is no @everyone"
    for member in state.members.values():
        if member.user_id not in world.users:
            yield f"{member.user_id} is nobody"
        if set(member.roles) - state.roles.keys():
            yield f"{member.user_id} has a role that is gone"
        if member.user_id in state.bans:
            yield f"{member.user_id} is banned and here"


def _seats(world: World, state: GuildState) -> Iterator[str]:
    for seat in state.voice_states.values():
        channel = state.channels.get(seat.channel_id or "")
        if channel is None or not channel.vocal:
            yield f"{seat.user_id} sits in no voice channel"
        if seat.user_id not in state.members:
            yield f"{seat.user_id} sits here and is no member"
    for channel in state.channels.values():
        if (channel.voice_started is not None) != bool(world.occupants(channel)):
            yield f"{channel.name} does not know since when somebody is in it"
    call = world.voice_calls.get(state.guild.id)
    own = state.voice_states.get(world.application.id)
    if call is not None and (own is None or own.channel_id != call.channel_id):
        yield "the bot has a voice server and no seat"


def _things(world: World, state: GuildState) -> Iterator[str]:
    kept = {name: getattr(state, name).values() for name in ("webhooks", "invites")}
    kept |= {"stages": state.stage_instances.values(), "events": events.open_ones(state)}
    for name, things in kept.items():
        for each in things:
            if each.channel_id is not None and each.channel_id not in state.channels:
                yield f"one of the {name} is in a channel that is gone"


def _messages(world: World) -> Iterator[str]:
    for channel_id, said in world.messages.items():
        there = channel_id in world.direct_channels or world.channel(channel_id) is not None
        if said and not there:
            yield f"something was said in {channel_id}, which is gone"
        for message in said.values():
            if message.channel_id != channel_id:
                yield f"{message.id} is in two channels"


def _rights(state: GuildState, now: float) -> Iterator[str]:
    """Nobody may more than everything, or anything where he sees nothing."""
    for member in state.members.values():
        everywhere = permissions.in_guild(state, member, now)
        for channel in (*state.channels.values(), *state.threads.values()):
            bits = permissions.in_channel(state, member, channel, now)
            if bits & ~permissions.ALL:
                yield f"{member.user_id} may what there is not"
            if bits and not bits & Permission.VIEW_CHANNEL:
                yield f"{member.user_id} may something in {channel.name} and does not see it"
            if everywhere & Permission.ADMINISTRATOR and bits != permissions.ALL:
                yield f"{member.user_id} administrates, but not {channel.name}"
