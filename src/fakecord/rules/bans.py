"""Bans: somebody goes, and cannot come back.

https://docs.discord.com/developers/resources/guild#create-guild-ban
"""

from __future__ import annotations

from fakecord import payloads
from fakecord.entities import Json, Message
from fakecord.guild_entities import Ban
from fakecord.rules import guilds, messages
from fakecord.snowflake import time_of
from fakecord.step import Step
from fakecord.world import GuildState

BAN, UNBAN = 22, 23


def ban(step: Step, state: GuildState, user_id: str, *, forget: float = 0) -> None:
    """*forget*: seconds of what they wrote in this guild that go with them."""
    step.put(Ban(guild_id=state.guild.id, user_id=user_id, reason=step.reason))
    member = state.members.get(user_id)
    if member is not None:
        guilds.remove_member(step, state, member)
    _announce(step, "GUILD_BAN_ADD", state, user_id)
    step.audit(state.guild.id, BAN, user_id)
    for channel_id in (*state.channels, *state.threads):
        written = step.world.messages.get(channel_id, {}).values()
        messages.delete_many(step, [each for each in written if _goes(step, each, user_id, forget)])


def lift(step: Step, state: GuildState, ban: Ban) -> None:
    step.remove(ban)
    _announce(step, "GUILD_BAN_REMOVE", state, ban.user_id)
    step.audit(state.guild.id, UNBAN, ban.user_id)


def _goes(step: Step, message: Message, user_id: str, forget: float) -> bool:
    return message.author_id == user_id and time_of(message.id) > step.now - forget


def _announce(step: Step, name: str, state: GuildState, user_id: str) -> None:
    who = payloads.user(step.world.users[user_id])
    data: Json = {"guild_id": state.guild.id, "user": who}
    step.emit(name, data, state.guild.id)
