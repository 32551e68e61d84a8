"""Roles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from fakecord import payloads, permissions
from fakecord.entities import Json, Role
from fakecord.errors import Refusal, invalid
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Bits, Form, Id
from fakecord.rules import roles
from fakecord.world import GuildState

MOST_ROLES = 250
Color = Annotated[int, Field(ge=0, le=0xFFFFFF)]


class Colors(Form):
    primary_color: Color | None = None
    secondary_color: Color | None = None
    tertiary_color: Color | None = None


class RoleForm(Form):
    name: str | None = Field(default=None, max_length=100)
    permissions: Bits | None = None
    color: Color | None = None
    colors: Colors | None = None
    hoist: bool | None = None
    mentionable: bool | None = None
    icon: str | None = None
    unicode_emoji: str | None = None

    def fields(self) -> dict[str, Any]:
        given = {key: value for key, value in self.given().items() if value is not None}
        colors = given.pop("colors", None)
        if colors is not None and colors.primary_color is not None:
            given["color"] = colors.primary_color
        for unsupported in ("icon", "unicode_emoji"):
            given.pop(unsupported, None)
        return given


class PositionForm(Form):
    id: Id
    position: int | None = Field(default=None, ge=0)


def list_roles(call: Call) -> list[Json]:
    return [payloads.role(role) for role in call.state().roles.values()]


def get_role(call: Call) -> Json:
    return payloads.role(call.role(call.state()))


def create_role(call: Call, body: RoleForm) -> Json:
    state = call.state()
    call.need(state, Permission.MANAGE_ROLES)
    if len(state.roles) >= MOST_ROLES:
        raise Refusal(30005)
    given: dict[str, Any] = {
        "name": "new role",
        "permissions": state.roles[state.guild.id].permissions,
    } | body.fields()
    _check_bits(call, state, body.permissions or 0)
    return payloads.role(roles.create(call.step, state, **given))


def modify_role(call: Call, body: RoleForm) -> Json:
    state = call.state()
    role = call.role(state)
    check_manageable(call, state, role)
    given = body.fields()
    _check_bits(call, state, given.get("permissions", role.permissions) ^ role.permissions)
    return payloads.role(roles.update(call.step, role, **given))


def delete_role(call: Call) -> None:
    state = call.state()
    role = call.role(state)
    check_manageable(call, state, role)
    if role.managed or role.id == state.guild.id:
        raise Refusal(50028)
    roles.delete(call.step, state, role)


def move_roles(call: Call, body: list[PositionForm]) -> list[Json]:
    state = call.state()
    call.need(state, Permission.MANAGE_ROLES)
    wanted: dict[str, int] = {}
    for form in body:
        role = state.roles.get(form.id)
        if role is None:
            raise Refusal(10011)
        check_manageable(call, state, role)
        if form.position is not None:
            wanted[role.id] = form.position
    top = permissions.top_role(state, call.me(state))
    owner = state.guild.owner_id == call.bot_id
    if not owner and any(position >= top for position in wanted.values()):
        raise Refusal(50013)
    return [payloads.role(role) for role in roles.move(call.step, state, wanted)]


def check_manageable(call: Call, state: GuildState, role: Role) -> None:
    """MANAGE_ROLES, and the role stands below the bot's own highest."""
    call.need(state, Permission.MANAGE_ROLES)
    if not permissions.outranks_role(state, call.me(state), role):
        raise Refusal(50013)


def _check_bits(call: Call, state: GuildState, changed: int) -> None:
    if changed & ~permissions.ALL:
        raise invalid("permissions", "PERMISSIONS_UNKNOWN", "Unknown permission bits.")
    if changed & ~call.bits(state):
        raise Refusal(50013)


routes = [
    Route("GET", "/guilds/{guild_id}/roles", list_roles),
    Route("POST", "/guilds/{guild_id}/roles", create_role, RoleForm),
    Route("PATCH", "/guilds/{guild_id}/roles", move_roles, list[PositionForm]),
    Route("GET", "/guilds/{guild_id}/roles/{role_id}", get_role),
    Route("PATCH", "/guilds/{guild_id}/roles/{role_id}", modify_role, RoleForm),
    Route("DELETE", "/guilds/{guild_id}/roles/{role_id}", delete_role),
]
