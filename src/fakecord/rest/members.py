"""Members of a guild."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import Field

from fakecord import payloads, permissions
from fakecord.clock import from_iso
from fakecord.entities import Channel, Json, Member
from fakecord.errors import Refusal, invalid
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rest.roles import check_manageable
from fakecord.rules import guilds, members
from fakecord.world import GuildState

LONGEST_TIMEOUT = 28 * 86_400


class Stay(Enum):
    HERE = 0


class MemberForm(Form):
    nick: str | None = Field(default=None, max_length=32)
    roles: list[Id] | None = None
    mute: bool | None = None
    deaf: bool | None = None
    channel_id: Id | None = None
    communication_disabled_until: str | None = None
    flags: int | None = None


class OwnMemberForm(Form):
    nick: str | None = Field(default=None, max_length=32)


def get_member(call: Call) -> Json:
    return payloads.member(call.world, call.member(call.state()))


def list_members(call: Call) -> list[Json]:
    state = call.state()
    after = int(call.query.get("after") or 0)
    limit = call.number("limit", 1, 1, 1000)
    ordered = sorted(state.members.values(), key=lambda member: int(member.user_id))
    found = [member for member in ordered if int(member.user_id) > after][:limit]
    return [payloads.member(call.world, member) for member in found]


def search_members(call: Call) -> list[Json]:
    wanted = call.query.get("query", "").lower()
    limit = call.number("limit", 1, 1, 1000)
    found = [
        member
        for member in call.state().members.values()
        if any(name.startswith(wanted) for name in _names(call, member))
    ]
    return [payloads.member(call.world, member) for member in found[:limit]]


def _names(call: Call, member: Member) -> list[str]:
    user = call.world.users[member.user_id]
    return [name.lower() for name in (user.username, user.global_name, member.nick) if name]


def modify_member(call: Call, body: MemberForm) -> Json:
    state = call.state()
    member = call.member(state)
    given = body.given()
    changed = _kept_changes(call, state, member, given)
    flags: dict[str, bool] = {key: bool(given[key]) for key in ("mute", "deaf") if key in given}
    goal = _check_voice(call, state, member, given, flags)
    if changed:
        members.update(call.step, state, member, **changed)
        call.commit(call.step)
    if flags:
        members.silence(call.step, state, state.members[member.user_id], **flags)
        call.commit(call.step)
    if goal is not Stay.HERE:
        _move(call, state, state.members[member.user_id], goal)
        call.commit(call.step)
    return payloads.member(call.world, state.members[member.user_id])


def modify_own_member(call: Call, body: OwnMemberForm) -> Json:
    state = call.state()
    call.need(state, Permission.CHANGE_NICKNAME)
    changed = members.update(call.step, state, call.me(state), nick=body.nick or None)
    return payloads.member(call.world, changed)


def _kept_changes(call: Call, state: GuildState, member: Member, given: Json) -> dict[str, Any]:
    """What stays with the member, after asking whether it may be changed."""
    changed: dict[str, Any] = {}
    if "nick" in given:
        call.need(state, Permission.MANAGE_NICKNAMES)
        _check_rank(call, state, member)
        changed["nick"] = given["nick"] or None
    if "roles" in given:
        wanted = tuple(dict.fromkeys(given["roles"] or ()))
        for role_id in set(wanted) ^ set(member.roles):
            _check_role(call, state, role_id)
        changed["roles"] = wanted
    if "communication_disabled_until" in given:
        changed["timeout_until"] = _timeout(call, state, member, given)
    return changed


def _check_role(call: Call, state: GuildState, role_id: str) -> None:
    role = state.roles.get(role_id)
    if role is None:
        raise Refusal(10011)
    check_manageable(call, state, role)
    if role.managed or role.id == state.guild.id:
        raise Refusal(50013)


def _timeout(call: Call, state: GuildState, member: Member, given: Json) -> float | None:
    call.need(state, Permission.MODERATE_MEMBERS)
    _check_rank(call, state, member)
    if permissions.in_guild(state, member, call.step.now) & Permission.ADMINISTRATOR:
        raise Refusal(50013)
    text = given["communication_disabled_until"]
    until = from_iso(text) if text else None
    if until is not None and until > call.step.now + LONGEST_TIMEOUT:
        field = "communication_disabled_until"
        raise invalid(field, "DATE_TIME_TYPE_MAX", "Must be within 28 days.")
    return until


def _check_rank(call: Call, state: GuildState, member: Member) -> None:
    if member.user_id == call.bot_id:
        return
    if not permissions.outranks(state, call.me(state), member):
        raise Refusal(50013)


def _check_voice(
    call: Call, state: GuildState, member: Member, given: Json, flags: dict[str, bool]
) -> Channel | Stay | None:
    """Where the member is to go: a channel, nowhere (None), or Stay.HERE."""
    needed = {
        "mute": Permission.MUTE_MEMBERS,
        "deaf": Permission.DEAFEN_MEMBERS,
        "channel_id": Permission.MOVE_MEMBERS,
    }
    asked = [name for name in needed if name in flags or name in given]
    for name in asked:
        call.need(state, needed[name])
    if asked and member.user_id not in state.voice_states:
        raise Refusal(40032)
    if "channel_id" not in given:
        return Stay.HERE
    return _goal(call, state, given["channel_id"])


def _goal(call: Call, state: GuildState, channel_id: str | None) -> Channel | None:
    if channel_id is None:
        return None
    channel = state.channels.get(channel_id)
    if channel is None:
        raise Refusal(10003)
    if not channel.vocal:
        raise Refusal(50024)
    call.need(channel, Permission.CONNECT, Permission.MOVE_MEMBERS)
    return channel


def _move(call: Call, state: GuildState, member: Member, goal: Channel | None) -> None:
    if goal is None:
        members.disconnect(call.step, state, member)
    else:
        members.move(call.step, state, member, goal)


def add_role(call: Call) -> None:
    state = call.state()
    member, role = call.member(state), call.role(state)
    _check_role(call, state, role.id)
    roles = tuple(dict.fromkeys((*member.roles, role.id)))
    members.update(call.step, state, member, roles=roles)


def remove_role(call: Call) -> None:
    state = call.state()
    member, role = call.member(state), call.role(state)
    _check_role(call, state, role.id)
    roles = tuple(each for each in member.roles if each != role.id)
    members.update(call.step, state, member, roles=roles)


def kick_member(call: Call) -> None:
    state = call.state()
    member = call.member(state)
    call.need(state, Permission.KICK_MEMBERS)
    if member.user_id == call.bot_id or not permissions.outranks(state, call.me(state), member):
        raise Refusal(50013)
    guilds.remove_member(call.step, state, member)
    call.step.audit(state.guild.id, members.KICK, member.user_id)


routes = [
    Route("GET", "/guilds/{guild_id}/members", list_members),
    Route("GET", "/guilds/{guild_id}/members/search", search_members),
    Route("PATCH", "/guilds/{guild_id}/members/@me", modify_own_member, OwnMemberForm),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
    Route("PATCH", "/guilds/{guild_id}/members/{user_id}", modify_member, MemberForm),
    Route("DELETE", "/guilds/{guild_id}/members/{user_id}", kick_member),
    Route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", add_role),
    Route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", remove_role),
]
