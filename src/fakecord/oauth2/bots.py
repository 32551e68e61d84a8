"""The bot comes into a guild by somebody's leave."""

from __future__ import annotations

from dataclasses import replace

from fakecord.entities import Member, Role
from fakecord.rules import guilds, roles
from fakecord.step import Step
from fakecord.world import GuildState

BOT_ADD = 28


def add(step: Step, state: GuildState, permissions: int) -> None:
    """With a role of its own, lowest of all; where it is already, that role is changed.

    Without any permission there is no role, which Discord does and does not document.
    """
    bot = step.world.bot
    own = next((role for role in state.roles.values() if role.bot_id == bot.id), None)
    if bot.id in state.members:
        if own is not None:
            roles.update(step, own, permissions=permissions)
        return
    role_ids: tuple[str, ...] = ()
    if permissions:
        role_ids = (_role(step, state, permissions).id,)
    step.put(Member(guild_id=state.guild.id, user_id=bot.id, joined_at=step.now, roles=role_ids))
    guilds.announce(step, state.guild, joined=True)
    step.audit(state.guild.id, BOT_ADD, bot.id)


def _role(step: Step, state: GuildState, permissions: int) -> Role:
    for other in state.roles.values():
        if other.position >= 1:
            step.put(replace(other, position=other.position + 1))
    bot = step.world.bot
    role = Role(
        id=step.new_id(),
        guild_id=state.guild.id,
        name=bot.username,
        permissions=permissions,
        position=1,
        managed=True,
        bot_id=bot.id,
    )
    step.put(role)
    return role
