"""Guilds."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from fakecord import guild_payloads
from fakecord.entities import Json
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rules import guilds


class GuildForm(Form):
    name: str = Field(default="", min_length=2, max_length=100)
    verification_level: int | None = Field(default=None, ge=0, le=4)
    default_message_notifications: int | None = Field(default=None, ge=0, le=1)
    explicit_content_filter: int | None = Field(default=None, ge=0, le=2)
    afk_channel_id: Id | None = None
    afk_timeout: int = 300
    system_channel_id: Id | None = None
    preferred_locale: str | None = None
    description: str | None = None


def get_guild(call: Call) -> Json:
    state = call.state()
    payload = guild_payloads.guild(state)
    if call.query.get("with_counts", "").lower() in ("1", "true"):
        payload["approximate_member_count"] = len(state.members)
        payload["approximate_presence_count"] = len(state.voice_states) + 1
    return payload


def modify_guild(call: Call, body: GuildForm) -> Json:
    state = call.state()
    call.need(state, Permission.MANAGE_GUILD)
    given: dict[str, Any] = body.given()
    changed = guilds.update(call.step, state, **given)
    return guild_payloads.guild(guilds.replace_guild(state, changed))


def leave_guild(call: Call) -> None:
    guilds.remove_bot(call.step, call.state())


routes = [
    Route("GET", "/guilds/{guild_id}", get_guild),
    Route("PATCH", "/guilds/{guild_id}", modify_guild, GuildForm),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
]
