"""Users, the bot's guilds, and direct messages."""

from __future__ import annotations

from fakecord import guild_payloads, payloads, permissions
from fakecord.entities import DirectChannel, Json
from fakecord.errors import Refusal
from fakecord.rest import oauth2
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id


class DirectForm(Form):
    recipient_id: Id


def get_own_user(call: Call) -> Json:
    return payloads.own_user(call.world.bot)


def get_user(call: Call) -> Json:
    user = call.world.users.get(call.args["user_id"])
    if user is None or user.webhook:
        raise Refusal(10013)
    return payloads.user(user)


def list_own_guilds(call: Call) -> list[Json]:
    after = int(call.query.get("after") or 0)
    limit = call.number("limit", 200, 1, 200)
    mine = (state for state in call.world.guilds.values() if call.bot_id in state.members)
    ordered = sorted(mine, key=lambda state: int(state.guild.id))
    found = [
        guild_payloads.partial_guild(
            state, permissions.in_guild(state, call.me(state), call.step.now), call.bot_id
        )
        for state in ordered
        if int(state.guild.id) > after
    ]
    return found[:limit]


def open_direct_channel(call: Call, body: DirectForm) -> Json:
    """The same channel each time."""
    user = call.world.users.get(body.recipient_id)
    if user is None or user.webhook or user.id == call.bot_id:
        raise Refusal(50033)
    known = call.world.direct_channel_with(user.id)
    if known is None:
        known = DirectChannel(id=call.step.new_id(), recipient_id=user.id)
        call.step.put(known)
    return payloads.direct_channel(call.world, known)


routes = [
    Route("GET", "/users/@me", get_own_user, bearer=oauth2.get_user),
    Route("GET", "/users/@me/guilds", list_own_guilds, bearer=oauth2.list_guilds),
    Route("POST", "/users/@me/channels", open_direct_channel, DirectForm),
    Route("GET", "/users/{user_id}", get_user),
]
