"""Roles, and who has them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from fakecord import payloads
from fakecord.entities import Json, Role
from fakecord.step import Step
from fakecord.world import GuildState

CREATE, UPDATE, DELETE = 30, 31, 32


def create(step: Step, state: GuildState, **given: Any) -> Role:
    """A new role stands just above @everyone; the others move up."""
    role = Role(id=step.new_id(), guild_id=state.guild.id, position=1, **given)
    for other in state.roles.values():
        if other.position >= 1:
            raised = replace(other, position=other.position + 1)
            step.put(raised)
            _announce(step, "GUILD_ROLE_UPDATE", raised)
    step.put(role)
    _announce(step, "GUILD_ROLE_CREATE", role)
    step.audit(state.guild.id, CREATE, role.id, [{"key": "name", "new_value": role.name}])
    return role


def update(step: Step, role: Role, **given: Any) -> Role:
    changed = replace(role, **given)
    if changed == role:
        return role
    step.put(changed)
    _announce(step, "GUILD_ROLE_UPDATE", changed)
    step.audit(role.guild_id, UPDATE, role.id, _differences(role, changed))
    return changed


def move(step: Step, state: GuildState, positions: dict[str, int]) -> list[Role]:
    moved = [
        replace(role, position=positions.get(role.id, role.position))
        for role in state.roles.values()
    ]
    for role in moved:
        if role != state.roles[role.id]:
            step.put(role)
            _announce(step, "GUILD_ROLE_UPDATE", role)
    return moved


def delete(step: Step, state: GuildState, role: Role) -> None:
    """Members lose it silently: Discord sends no GUILD_MEMBER_UPDATE for that."""
    for member in state.members.values():
        if role.id in member.roles:
            step.put(replace(member, roles=tuple(each for each in member.roles if each != role.id)))
    step.remove(role)
    step.emit("GUILD_ROLE_DELETE", {"guild_id": role.guild_id, "role_id": role.id}, role.guild_id)
    step.audit(role.guild_id, DELETE, role.id, [{"key": "name", "old_value": role.name}])


def _announce(step: Step, name: str, role: Role) -> None:
    step.emit(name, {"guild_id": role.guild_id, "role": payloads.role(role)}, role.guild_id)


def _differences(before: Role, after: Role) -> list[Json]:
    return [
        {
            "key": each.name,
            "old_value": _told(before, each.name),
            "new_value": _told(after, each.name),
        }
        for each in fields(Role)
        if getattr(before, each.name) != getattr(after, each.name)
    ]


def _told(role: Role, key: str) -> object:
    value = getattr(role, key)
    return str(value) if key == "permissions" else value
