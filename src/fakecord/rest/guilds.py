"""Guilds."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from pydantic import Field

from fakecord import guild_payloads
from fakecord.entities import VOCAL, Json
from fakecord.errors import invalid
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rules import guilds
from fakecord.world import GuildState

CATEGORY = 4


class GuildForm(Form):
    name: str = Field(default="", min_length=2, max_length=100)
    verification_level: int | None = Field(default=None, ge=0, le=4)
    default_message_notifications: int | None = Field(default=None, ge=0, le=1)
    explicit_content_filter: int | None = Field(default=None, ge=0, le=2)
    afk_channel_id: Id | None = None
    afk_timeout: Literal[60, 300, 900, 1800, 3600] = 300
    system_channel_id: Id | None = None
    preferred_locale: str | None = None
    description: str | None = Field(default=None, max_length=300)

    def fields(self) -> dict[str, Any]:
        """Null resets what has a default; of the rest it clears."""
        clears = ("afk_channel_id", "system_channel_id", "description")
        return {
            key: DEFAULTS.get(key) if value is None else value
            for key, value in self.given().items()
            if value is not None or key in DEFAULTS or key in clears
        }


DEFAULTS: dict[str, Any] = {
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "preferred_locale": "en-US",
}


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
    given = body.fields()
    _check_channels(state, given)
    changed = guilds.update(call.step, state, **given)
    return guild_payloads.guild(guilds.replace_guild(state, changed))


def _check_channels(state: GuildState, given: dict[str, Any]) -> None:
    """People are sent away into a voice channel, and told things in a text channel."""
    for key, vocal in (("afk_channel_id", True), ("system_channel_id", False)):
        if given.get(key):
            channel = state.channels.get(given[key])
            if channel is None or (channel.type in VOCAL) != vocal or channel.type == CATEGORY:
                raise invalid(key, "CHANNEL_INVALID_TYPE", "Invalid channel type")


def get_preview(call: Call) -> Json:
    state = call.state()
    counts = len(state.members)
    keys = ("id", "name", "icon", "description", "home_header", "splash", "discovery_splash")
    told = guild_payloads.guild(state)
    return {key: told[key] for key in (*keys, "features", "emojis", "stickers")} | {
        "approximate_member_count": counts,
        "approximate_presence_count": counts,
    }


def count_roles(call: Call) -> Json:
    """Without @everyone, as documented."""
    state = call.state()
    held = Counter(role for member in state.members.values() for role in member.roles)
    return {each: held[each] for each in state.roles if each != state.guild.id}


def leave_guild(call: Call) -> None:
    guilds.remove_bot(call.step, call.state())


routes = [
    Route("GET", "/guilds/{guild_id}", get_guild),
    Route("PATCH", "/guilds/{guild_id}", modify_guild, GuildForm),
    Route("GET", "/guilds/{guild_id}/preview", get_preview),
    Route("GET", "/guilds/{guild_id}/roles/member-counts", count_roles),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
]
