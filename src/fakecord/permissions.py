"""Who may do what, computed as documented.

https://docs.discord.com/developers/topics/permissions
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from fakecord.entities import Channel, Member, Role, Thread
from fakecord.world import GuildState


class Permission(IntEnum):
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SET_VOICE_CHANNEL_STATUS = 1 << 48
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


P = Permission
ALL = sum(Permission)
VOICE = (
    P.STREAM | P.CONNECT | P.SPEAK | P.MUTE_MEMBERS | P.DEAFEN_MEMBERS | P.MOVE_MEMBERS | P.USE_VAD
    | P.PRIORITY_SPEAKER | P.REQUEST_TO_SPEAK | P.USE_EMBEDDED_ACTIVITIES | P.USE_SOUNDBOARD
    | P.USE_EXTERNAL_SOUNDS | P.SET_VOICE_CHANNEL_STATUS
)  # fmt: skip
NEEDS_SEND_MESSAGES = P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS
KEPT_IN_TIMEOUT = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
# What @everyone of a new guild may do.
EVERYONE = (
    P.CREATE_INSTANT_INVITE | P.ADD_REACTIONS | P.STREAM | P.VIEW_CHANNEL | P.SEND_MESSAGES
    | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY | P.MENTION_EVERYONE
    | P.USE_EXTERNAL_EMOJIS | P.CONNECT | P.SPEAK | P.USE_VAD | P.CHANGE_NICKNAME
    | P.USE_APPLICATION_COMMANDS | P.REQUEST_TO_SPEAK | P.CREATE_PUBLIC_THREADS
    | P.CREATE_PRIVATE_THREADS | P.USE_EXTERNAL_STICKERS | P.SEND_MESSAGES_IN_THREADS
    | P.USE_EMBEDDED_ACTIVITIES | P.USE_SOUNDBOARD | P.USE_EXTERNAL_SOUNDS | P.SEND_VOICE_MESSAGES
    | P.SEND_POLLS | P.USE_EXTERNAL_APPS
)  # fmt: skip


def names(bits: int) -> list[str]:
    """For people: the names of the permissions in *bits*."""
    return [permission.name for permission in Permission if bits & permission]


def in_guild(state: GuildState, member: Member, now: float) -> int:
    """What *member* may do before any channel has its say."""
    base = _base(state, member)
    return _in_timeout(base, member, now)


def in_channel(state: GuildState, member: Member, channel: Channel, now: float) -> int:
    """What *member* may do in *channel*, with what is implied by what is missing.

    In a thread the overwrites of its parent count.
    """
    base = _base(state, member)
    if base & P.ADMINISTRATOR:
        return ALL
    if isinstance(channel, Thread):
        return _in_thread(state, base, member, channel, now)
    bits = _in_timeout(_with_overwrites(base, member, channel), member, now)
    return _without_implied(bits, channel)


def to_write(channel: Channel) -> Permission:
    """SEND_MESSAGES has no effect in threads.

    https://docs.discord.com/developers/topics/threads#permissions
    """
    return P.SEND_MESSAGES_IN_THREADS if isinstance(channel, Thread) else P.SEND_MESSAGES


def top_role(state: GuildState, member: Member) -> int:
    """The position of the member's highest role; @everyone is 0."""
    return max(
        (state.roles[role].position for role in member.roles if role in state.roles), default=0
    )


def outranks(state: GuildState, member: Member, other: Member) -> bool:
    if state.guild.owner_id == member.user_id:
        return True
    if state.guild.owner_id == other.user_id:
        return False
    return top_role(state, member) > top_role(state, other)


def outranks_role(state: GuildState, member: Member, role: Role) -> bool:
    return state.guild.owner_id == member.user_id or top_role(state, member) > role.position


def _base(state: GuildState, member: Member) -> int:
    if state.guild.owner_id == member.user_id:
        return ALL
    bits = state.roles[state.guild.id].permissions
    for role_id in member.roles:
        role = state.roles.get(role_id)
        if role is not None:
            bits |= role.permissions
    return ALL if bits & P.ADMINISTRATOR else bits


def _in_timeout(bits: int, member: Member, now: float) -> int:
    if bits & P.ADMINISTRATOR or member.timeout_until is None or member.timeout_until <= now:
        return bits
    return bits & KEPT_IN_TIMEOUT


def _with_overwrites(bits: int, member: Member, channel: Channel) -> int:
    by_target = {overwrite.id: overwrite for overwrite in channel.overwrites}
    everyone = by_target.get(channel.guild_id)
    if everyone is not None:
        bits = bits & ~everyone.deny | everyone.allow
    roles = [by_target[role] for role in member.roles if role in by_target]
    bits = bits & ~_union(o.deny for o in roles) | _union(o.allow for o in roles)
    own = by_target.get(member.user_id)
    if own is not None:
        bits = bits & ~own.deny | own.allow
    return bits


def _in_thread(state: GuildState, base: int, member: Member, thread: Thread, now: float) -> int:
    """A private one is seen by its members and by those who manage threads."""
    parent = state.channels.get(thread.parent_id or "")
    if parent is None:
        return 0
    bits = _in_timeout(_with_overwrites(base, member, parent), member, now)
    if thread.private and not bits & P.MANAGE_THREADS and thread.member(member.user_id) is None:
        return 0
    return _without_implied(bits, thread)


def _without_implied(bits: int, channel: Channel) -> int:
    if not bits & P.VIEW_CHANNEL:
        return 0
    if not bits & to_write(channel):
        bits &= ~NEEDS_SEND_MESSAGES
    if channel.vocal and not bits & P.CONNECT:
        bits &= ~(VOICE | P.MANAGE_CHANNELS | P.MANAGE_ROLES)
    return bits


def _union(parts: Iterable[int]) -> int:
    bits = 0
    for part in parts:
        bits |= part
    return bits
