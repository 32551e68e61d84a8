"""Bans of a guild.

https://docs.discord.com/developers/resources/guild#get-guild-bans
"""

from __future__ import annotations

from pydantic import Field

from fakecord import happening_payloads, permissions
from fakecord.entities import Json
from fakecord.errors import Refusal
from fakecord.guild_entities import Ban
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rules import bans
from fakecord.world import GuildState

DAY = 86_400


class BanForm(Form):
    delete_message_seconds: int | None = Field(default=None, ge=0, le=7 * DAY)
    delete_message_days: int | None = Field(default=None, ge=0, le=7)
    """Deprecated."""


class BulkForm(Form):
    user_ids: list[Id] = Field(min_length=1, max_length=200)
    delete_message_seconds: int | None = Field(default=None, ge=0, le=7 * DAY)


def list_bans(call: Call) -> list[Json]:
    """In the order of user ids; *before* wins over *after*."""
    state = call.state()
    call.need(state, Permission.BAN_MEMBERS)
    limit = call.number("limit", 1000, 1, 1000)
    ordered = sorted(state.bans.values(), key=lambda each: int(each.user_id))
    before = call.query.get("before")
    if before:
        found = [each for each in ordered if int(each.user_id) < int(before)][-limit:]
    else:
        after = int(call.query.get("after") or 0)
        found = [each for each in ordered if int(each.user_id) > after][:limit]
    return [happening_payloads.ban(call.world, each) for each in found]


def get_ban(call: Call) -> Json:
    state = call.state()
    call.need(state, Permission.BAN_MEMBERS)
    return happening_payloads.ban(call.world, _ban(call, state))


def create_ban(call: Call, body: BanForm) -> None:
    """Somebody who is not here can be banned, too; somebody who is banned stays so."""
    state = call.state()
    call.need(state, Permission.BAN_MEMBERS)
    user_id = call.args["user_id"]
    if user_id not in call.world.users:
        raise Refusal(10013)
    if not _may_ban(call, state, user_id):
        raise Refusal(50013)
    if user_id not in state.bans:
        bans.ban(call.step, state, user_id, forget=_forget(call, body))


def _forget(call: Call, body: BanForm) -> int:
    """discord.py asks for it in the query, where it is not documented."""
    asked = call.number("delete_message_seconds", 0, 0, 7 * DAY)
    return asked or body.delete_message_seconds or (body.delete_message_days or 0) * DAY


def remove_ban(call: Call) -> None:
    state = call.state()
    call.need(state, Permission.BAN_MEMBERS)
    bans.lift(call.step, state, _ban(call, state))


def ban_many(call: Call, body: BulkForm) -> Json:
    """Who cannot be banned, or is already, is left out; 500000 if that is everybody."""
    state = call.state()
    call.need(state, Permission.BAN_MEMBERS, Permission.MANAGE_GUILD)
    wanted = list(dict.fromkeys(body.user_ids))
    banned = [
        each
        for each in wanted
        if each in call.world.users and each not in state.bans and _may_ban(call, state, each)
    ]
    if not banned:
        raise Refusal(500000)
    for user_id in banned:
        bans.ban(call.step, state, user_id, forget=body.delete_message_seconds or 0)
    failed = [each for each in wanted if each not in banned]
    return {"banned_users": banned, "failed_users": failed}


def _may_ban(call: Call, state: GuildState, user_id: str) -> bool:
    member = state.members.get(user_id)
    if member is None:
        return user_id != call.bot_id
    return permissions.outranks(state, call.me(state), member)


def _ban(call: Call, state: GuildState) -> Ban:
    found = state.bans.get(call.args["user_id"])
    if found is None:
        raise Refusal(10026)
    return found


_ONE = "/guilds/{guild_id}/bans/{user_id}"
routes = [
    Route("GET", "/guilds/{guild_id}/bans", list_bans),
    Route("GET", _ONE, get_ban),
    Route("PUT", _ONE, create_ban, BanForm),
    Route("DELETE", _ONE, remove_ban),
    Route("POST", "/guilds/{guild_id}/bulk-ban", ban_many, BulkForm),
]
