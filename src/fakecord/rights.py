"""Why somebody may do something in a channel: what `permissions` computes, said step by step.

https://docs.discord.com/developers/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fakecord.entities import Channel, Member, Overwrite, Role, Thread
from fakecord.permissions import ALL, KEPT_IN_TIMEOUT, NEEDS_SEND_MESSAGES, VOICE, to_write
from fakecord.permissions import Permission as P
from fakecord.world import GuildState


@dataclass(frozen=True, slots=True)
class Said:
    """What one of them adds to or takes from what was said before, in the order they are heard."""

    who: str
    allow: int = 0
    deny: int = 0


def explain(state: GuildState, member: Member, channel: Channel | None, now: float) -> list[Said]:
    """From the roles to what is implied; without *channel*, for the guild as a whole."""
    if state.guild.owner_id == member.user_id:
        return [Said("the owner of the server", allow=ALL)]
    said = [Said(_named(role), allow=role.permissions) for role in _roles(state, member)]
    bits = total(said)
    if bits & P.ADMINISTRATOR:
        return [*said, Said("ADMINISTRATOR", allow=ALL & ~bits)]
    place = _place(state, channel)
    if place is not None:
        said += _overwritten(state, member, place)
    if member.timeout_until is not None and member.timeout_until > now:
        said.append(Said("the timeout", deny=total(said) & ~KEPT_IN_TIMEOUT))
    if channel is not None:
        said.extend(_implied(total(said), member, channel))
    return said


def total(said: list[Said]) -> int:
    bits = 0
    for each in said:
        bits = bits & ~each.deny | each.allow
    return bits


def because(said: list[Said], permission: P) -> str:
    """Who decided about it last, in words."""
    for each in reversed(said):
        if permission & each.allow:
            return f"{each.who} allows it"
        if permission & each.deny:
            return f"{each.who} denies it"
    return "nobody allows it"


def _roles(state: GuildState, member: Member) -> list[Role]:
    mine = [state.roles[each] for each in member.roles if each in state.roles]
    return [state.roles[state.guild.id], *sorted(mine, key=lambda role: role.position)]


def _named(role: Role) -> str:
    return role.name if role.id == role.guild_id else f"the role {role.name}"


def _place(state: GuildState, channel: Channel | None) -> Channel | None:
    """Where the overwrites are: of a thread, its parent."""
    if isinstance(channel, Thread):
        return state.channels.get(channel.parent_id or "")
    return channel


def _overwritten(state: GuildState, member: Member, channel: Channel) -> Iterator[Said]:
    """Of roles, what one allows no other can deny."""
    by_target = {each.id: each for each in channel.overwrites}
    own = [by_target[role.id] for role in _roles(state, member)[1:] if role.id in by_target]
    allowed = 0
    for each in own:
        allowed |= each.allow
    where = f"in {channel.name}"
    everyone = by_target.get(channel.guild_id)
    if everyone is not None:
        yield _of(f"@everyone {where}", everyone)
    for each in own:
        yield Said(f"{_named(state.roles[each.id])} {where}", each.allow, each.deny & ~allowed)
    personal = by_target.get(member.user_id)
    if personal is not None:
        yield _of(f"the member's own overwrite {where}", personal)


def _of(who: str, overwrite: Overwrite) -> Said:
    return Said(who, overwrite.allow, overwrite.deny & ~overwrite.allow)


def _implied(bits: int, member: Member, channel: Channel) -> Iterator[Said]:
    """What is lost along with something else."""
    if _shut_out(bits, member, channel):
        yield Said("not being in the private thread", deny=bits)
        return
    if not bits & P.VIEW_CHANNEL:
        yield Said("not seeing the channel", deny=bits)
        return
    if not bits & to_write(channel):
        yield Said("not being able to write here", deny=bits & NEEDS_SEND_MESSAGES)
    if channel.vocal and not bits & P.CONNECT:
        lost = VOICE | P.MANAGE_CHANNELS | P.MANAGE_ROLES
        yield Said("not being able to connect", deny=bits & lost)


def _shut_out(bits: int, member: Member, channel: Channel) -> bool:
    if not isinstance(channel, Thread) or not channel.private or bits & P.MANAGE_THREADS:
        return False
    return channel.member(member.user_id) is None
