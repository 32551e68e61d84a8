"""Whose permissions an application may set in a channel: its own, and no more.

https://docs.discord.com/developers/resources/channel#edit-channel-permissions
"""

from __future__ import annotations

from collections.abc import Iterable

from fakecord import permissions
from fakecord.entities import Channel, Overwrite
from fakecord.errors import Refusal, invalid
from fakecord.permissions import Permission
from fakecord.rest.call import Call
from fakecord.world import GuildState


def check_created(call: Call, state: GuildState, wanted: Iterable[Overwrite]) -> None:
    """For a new channel: bits the bot has in the guild; MANAGE_ROLES for administrators only."""
    own = call.bits(state)
    for overwrite in wanted:
        _check_target(call, state, overwrite)
        bits = overwrite.allow | overwrite.deny
        if bits & ~own:
            raise Refusal(50013)
        if bits & Permission.MANAGE_ROLES and not own & Permission.ADMINISTRATOR:
            raise Refusal(50013)


def check_changed(call: Call, channel: Channel, wanted: Iterable[Overwrite]) -> None:
    """For an existing one: only what changes is looked at, so old overwrites may stay."""
    state = call.state(channel.guild_id)
    before = {each.id: each for each in channel.overwrites}
    after = {each.id: each for each in wanted}
    free = _may_set_all(call, state, channel)
    own = call.bits(state) | call.bits(channel)
    for target_id in before.keys() | after.keys():
        was = before.get(target_id, Overwrite(id=target_id, type=0))
        now = after.get(target_id, Overwrite(id=target_id, type=0))
        if target_id in after and target_id not in before:
            _check_target(call, state, now)
        if not free and ((was.allow ^ now.allow) | (was.deny ^ now.deny)) & ~own:
            raise Refusal(50013)


def _may_set_all(call: Call, state: GuildState, channel: Channel) -> bool:
    """An administrator, or an application that was given MANAGE_ROLES in this very channel."""
    if call.bits(state) & Permission.ADMINISTRATOR:
        return True
    me = call.me(state)
    own = {me.user_id, *me.roles}
    given = (each for each in channel.overwrites if each.id in own)
    return any(each.allow & Permission.MANAGE_ROLES for each in given)


def _check_target(call: Call, state: GuildState, overwrite: Overwrite) -> None:
    """A role must exist; a member may have left, but must be somebody."""
    known = overwrite.id in (state.roles if overwrite.type == 0 else call.world.users)
    if not known:
        raise Refusal(10009) if overwrite.type else Refusal(10011)
    if (overwrite.allow | overwrite.deny) & ~permissions.ALL:
        raise invalid("permission_overwrites", "PERMISSIONS_UNKNOWN", "Unknown permission bits.")
