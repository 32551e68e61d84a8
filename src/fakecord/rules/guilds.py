"""Guilds begin, have outages and end; people arrive and go."""

from __future__ import annotations

from dataclasses import replace

from fakecord import guild_payloads, payloads
from fakecord.entities import Channel, ChannelType, Guild, Member, Role, User
from fakecord.permissions import EVERYONE, Permission
from fakecord.rules import voice
from fakecord.step import Step
from fakecord.world import GuildState

UPDATE = 1


def create(step: Step, name: str, owner: User, bot_permissions: int) -> Guild:
    """A guild with @everyone, the bot and its role, #general and the voice channel "Lobby"."""
    guild_id = step.new_id()
    guild = Guild(id=guild_id, name=name, owner_id=owner.id)
    step.put(guild, Role(id=guild_id, guild_id=guild_id, name="@everyone", permissions=EVERYONE))
    bot = step.world.bot
    bot_role = Role(
        id=step.new_id(),
        guild_id=guild_id,
        name=bot.username,
        permissions=bot_permissions,
        position=1,
        managed=True,
        bot_id=bot.id,
    )
    step.put(bot_role, Member(guild_id=guild_id, user_id=owner.id, joined_at=step.now))
    step.put(Member(guild_id=guild_id, user_id=bot.id, joined_at=step.now, roles=(bot_role.id,)))
    _first_channels(step, guild_id)
    return guild


def _first_channels(step: Step, guild_id: str) -> None:
    kinds = (("Text", ChannelType.TEXT, "general"), ("Voice", ChannelType.VOICE, "Lobby"))
    for position, (category_name, kind, name) in enumerate(kinds):
        category = Channel(
            id=step.new_id(),
            guild_id=guild_id,
            type=ChannelType.CATEGORY,
            name=category_name,
            position=position,
        )
        channel_id = step.new_id()
        channel = Channel(
            id=channel_id, guild_id=guild_id, type=kind, name=name, parent_id=category.id
        )
        step.put(category, channel)


def announce(step: Step, guild: Guild, *, joined: bool = False) -> None:
    """GUILD_CREATE: to a bot that was added (*joined*), or after an outage.

    What it carries is put together as it is sent, for what a session may see of it.
    """
    step.emit("GUILD_CREATE", {"id": guild.id, "joined": joined}, guild.id)


def update(step: Step, state: GuildState, **fields: object) -> Guild:
    changed = replace(state.guild, **fields)  # type: ignore[arg-type]
    step.put(changed)
    step.emit("GUILD_UPDATE", guild_payloads.guild(replace_guild(state, changed)), changed.id)
    told = [
        {"key": key, "old_value": getattr(state.guild, key), "new_value": getattr(changed, key)}
        for key in fields
        if getattr(state.guild, key) != getattr(changed, key)
    ]
    if told:
        step.audit(changed.id, UPDATE, changed.id, told)
    return changed


def replace_guild(state: GuildState, guild: Guild) -> GuildState:
    return replace(state, guild=guild)


def outage(step: Step, state: GuildState, on: bool) -> None:
    """The guild becomes unavailable, or comes back with a fresh snapshot."""
    step.put(replace(state.guild, unavailable=on))
    if on:
        step.emit("GUILD_DELETE", {"id": state.guild.id, "unavailable": True}, state.guild.id)
    else:
        announce(step, state.guild)


def remove_bot(step: Step, state: GuildState) -> None:
    """The bot is thrown out: GUILD_DELETE without `unavailable`."""
    bot = state.members[step.world.application.id]
    if bot.user_id in state.voice_states:
        voice.leave(step, state, bot.user_id)
    for role in state.roles.values():
        if role.bot_id == bot.user_id:
            step.remove(role)
    step.remove(bot)
    step.emit("GUILD_DELETE", {"id": state.guild.id}, state.guild.id)


def add_member(step: Step, state: GuildState, user: User, roles: tuple[str, ...] = ()) -> Member:
    guild_id = state.guild.id
    joined = Member(guild_id=guild_id, user_id=user.id, joined_at=step.now, roles=roles)
    step.put(user, joined)
    payload = payloads.member_who(user, joined) | {"guild_id": guild_id}
    step.emit("GUILD_MEMBER_ADD", payload, guild_id)
    return joined


def remove_member(step: Step, state: GuildState, member: Member) -> None:
    if member.user_id in state.voice_states:
        voice.leave(step, state, member.user_id)
    step.remove(member)
    step.emit(
        "GUILD_MEMBER_REMOVE",
        {"guild_id": state.guild.id, "user": payloads.user(step.world.users[member.user_id])},
        state.guild.id,
    )


DEFAULT_BOT_PERMISSIONS = int(Permission.ADMINISTRATOR)
