"""Tokens, and what people's tokens open.

https://docs.discord.com/developers/topics/oauth2
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fakecord import guild_payloads, payloads, permissions
from fakecord.clock import iso
from fakecord.entities import Json, User
from fakecord.errors import Refusal
from fakecord.oauth2 import tokens
from fakecord.oauth2.errors import OAuthError
from fakecord.rest.call import Answer, Call, Route

TokenForm = dict[str, Annotated[str, Field(max_length=4096)]]
"""Of any fields: RFC 6749 has those ignored that nobody knows."""
OF_APPLICATION = (
    "id", "name", "icon", "description", "type", "bot_public", "bot_require_code_grant",
    "verify_key", "flags", "flags_new", "summary",
)  # fmt: skip


def exchange_token(call: Call, form: TokenForm) -> Json:
    tokens.check_client(call.world, form)
    step = call.step
    match form.get("grant_type"):
        case "authorization_code":
            grant, code = tokens.exchange(step, form)
            state = call.world.guilds.get(code.guild_id or "")
            guild = {"guild": guild_payloads.guild(state)} if state else {}
        case "refresh_token":
            grant, guild = tokens.refresh(step, form), {}
        case "client_credentials":
            grant, guild = tokens.by_client_credentials(step, form), {}
        case other:
            words = f"The authorization server does not support the grant type {other}."
            raise OAuthError("unsupported_grant_type", words)
    answer: Json = {**tokens.answer(step, grant), **guild}
    return answer | {"expires_in": int(answer["expires_in"])}


def revoke_token(call: Call, form: TokenForm) -> Json:
    """Happy with a token nobody knows, as RFC 7009 wants it."""
    tokens.check_client(call.world, form)
    tokens.revoke(call.step, form.get("token", ""))
    return {}


def get_user(call: Call) -> Json:
    grant = call.granted("identify")
    user = call.world.users[grant.user_id]
    told = payloads.user(user) | {"mfa_enabled": False, "locale": "en-US", "premium_type": 0}
    return told | _email(user) if "email" in grant.scopes else told


def list_guilds(call: Call) -> list[Json]:
    user_id = call.granted("guilds").user_id
    after = int(call.query.get("after") or 0)
    limit = call.number("limit", 200, 1, 200)
    theirs = (state for state in call.world.guilds.values() if user_id in state.members)
    found = [
        guild_payloads.partial_guild(
            state, permissions.in_guild(state, state.members[user_id], call.step.now), user_id
        )
        for state in sorted(theirs, key=lambda state: int(state.guild.id))
        if int(state.guild.id) > after
    ]
    return found[:limit]


def get_member(call: Call) -> Json:
    user_id = call.granted("guilds.members.read").user_id
    state = call.world.guilds.get(call.args["guild_id"])
    if state is None or user_id not in state.members:
        raise Refusal(10004)
    return payloads.member(call.world, state.members[user_id])


def list_connections(call: Call) -> list[Json]:
    """Nobody here has linked any."""
    call.granted("connections")
    return []


def get_authorization(call: Call) -> Json:
    grant = call.granted()
    whole = payloads.application(call.world)
    told: Json = {
        "application": {key: whole[key] for key in OF_APPLICATION},
        "scopes": list(grant.scopes),
        "expires": iso(grant.expires_at),
    }
    if "identify" in grant.scopes:
        told["user"] = payloads.user(call.world.users[grant.user_id])
    return told


def only_people(call: Call) -> Answer:
    """For a bot's token there is nothing here."""
    raise Refusal(40001)


def _email(user: User) -> Json:
    return {"email": f"{user.username}@fakecord.invalid", "verified": True}


routes = [
    Route(
        "POST", "/oauth2/token", exchange_token, TokenForm, token=False, limited=False, form=True
    ),
    Route(
        "POST",
        "/oauth2/token/revoke",
        revoke_token,
        TokenForm,
        token=False,
        limited=False,
        form=True,
    ),
    Route("GET", "/oauth2/@me", only_people, bearer=get_authorization),
    Route("GET", "/users/@me/connections", only_people, bearer=list_connections),
    Route("GET", "/users/@me/guilds/{guild_id}/member", only_people, bearer=get_member),
]
