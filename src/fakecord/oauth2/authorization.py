"""The authorization page's rules: what was asked for, and where a yes or a no leads.

https://docs.discord.com/developers/topics/oauth2
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fakecord.oauth2 import bots, tokens
from fakecord.oauth2.errors import PageError, Redirect, with_query
from fakecord.oauth2.scopes import PASSTHROUGH, SERVERLESS, WORDS
from fakecord.oauth2_entities import AuthorizationCode
from fakecord.permissions import ALL, Permission, in_guild
from fakecord.step import Step
from fakecord.world import GuildState, World

CODE_LIVES = 600.0
"""Seconds: what RFC 6749 recommends at most; Discord's own figure is not documented."""
DENIED = "The resource owner or authorization server denied the request"


@dataclass(frozen=True, slots=True)
class Asked:
    scopes: tuple[str, ...]
    response_type: str | None
    """code or token; None for a bot that is only added."""
    redirect_uri: str | None
    redirect_uri_given: bool
    state: str | None
    challenge: str | None
    silent: bool
    """prompt=none: whoever allowed this before is not asked again."""
    guild_id: str | None
    guild_fixed: bool
    permissions: int

    @property
    def adds_bot(self) -> bool:
        return "bot" in self.scopes

    def back(self, **given: str | None) -> str:
        """Where the person is sent: in the query, or in the fragment of an implicit grant."""
        if self.redirect_uri is None:
            return ""
        if self.response_type != "token":
            return with_query(self.redirect_uri, **given, state=self.state)
        told = {key: value for key, value in {**given, "state": self.state}.items() if value}
        return f"{self.redirect_uri}#{urlencode(told)}"


def read(world: World, query: Mapping[str, str]) -> Asked:
    """What the address of the page asks for; PageError or Redirect for what cannot be asked."""
    application = world.application
    if query.get("client_id") != application.id:
        raise PageError("Unknown Application")
    uri = query.get("redirect_uri")
    if uri is not None and uri not in application.redirect_uris:
        raise PageError(f"Invalid OAuth2 redirect_uri: {uri} is not registered")
    scopes = tuple(dict.fromkeys((query.get("scope") or "bot applications.commands").split()))
    asked = Asked(
        scopes=scopes,
        response_type=query.get("response_type") or None,
        redirect_uri=uri or next(iter(application.redirect_uris), None),
        redirect_uri_given=uri is not None,
        state=query.get("state"),
        challenge=query.get("code_challenge"),
        silent=query.get("prompt") == "none" and not PASSTHROUGH & set(scopes),
        guild_id=query.get("guild_id"),
        guild_fixed=query.get("disable_guild_select") == "true",
        permissions=_bits(query.get("permissions")),
    )
    _check(asked, query.get("code_challenge_method"))
    return asked


def _bits(text: str | None) -> int:
    if text and not text.isdecimal():
        raise PageError(f"Invalid permissions: {text}")
    return int(text or 0) & ALL


def _check(asked: Asked, method: str | None) -> None:
    if asked.response_type is None and set(asked.scopes) <= SERVERLESS:
        return
    if asked.redirect_uri is None:
        raise PageError("Invalid OAuth2 redirect_uri: none is registered")
    if "webhook.incoming" in asked.scopes:
        raise PageError("fakecord has no webhook.incoming")
    if asked.response_type not in ("code", "token"):
        words = "The authorization server does not support this response type"
        raise Redirect(asked.back(error="unsupported_response_type", error_description=words))
    if not set(asked.scopes) <= WORDS.keys():
        words = "The requested scope is invalid, unknown, or malformed."
        raise Redirect(asked.back(error="invalid_scope", error_description=words))
    # Discord publishes S256 alone: https://discord.com/.well-known/oauth-authorization-server
    if asked.challenge is not None and method != "S256":
        words = "code_challenge_method must be S256"
        raise Redirect(asked.back(error="invalid_request", error_description=words))


def allowed_before(world: World, asked: Asked, user_id: str) -> bool:
    """Whether this person has allowed as much already."""
    return any(
        grant.user_id == user_id and set(asked.scopes) <= set(grant.scopes)
        for grant in world.grants.values()
    )


def deny(asked: Asked) -> str:
    """Where the person goes; empty if nowhere."""
    return asked.back(error="access_denied", error_description=DENIED)


def allow(step: Step, asked: Asked, user_id: str, guild_id: str | None = None) -> str:
    """Where the person goes; empty if nowhere. *guild_id*: where a bot is to be added."""
    if asked.adds_bot:
        guild_id = guild_id or asked.guild_id
        add_bot(step, asked, user_id, guild_id)
    if asked.response_type == "token":
        grant = tokens.give(step, user_id, asked.scopes, refreshable=False)
        return asked.back(**tokens.answer(step, grant))
    if asked.response_type is None or asked.redirect_uri is None:
        return ""
    seed = f"{user_id}:{step.new_id()}"
    code = AuthorizationCode(
        id=hashlib.blake2b(seed.encode(), digest_size=15).hexdigest(),
        user_id=user_id,
        scopes=asked.scopes,
        redirect_uri=asked.redirect_uri,
        redirect_uri_given=asked.redirect_uri_given,
        expires_at=step.now + CODE_LIVES,
        challenge=asked.challenge,
        guild_id=guild_id if asked.adds_bot else None,
    )
    step.put(code)
    if not asked.adds_bot:
        return asked.back(code=code.id)
    return asked.back(code=code.id, guild_id=guild_id, permissions=str(asked.permissions))


def add_bot(step: Step, asked: Asked, user_id: str, guild_id: str | None) -> None:
    state = step.world.guilds.get(guild_id or "")
    if state is None or not may_add_bot(state, user_id, step.now):
        raise PageError("Choose a server in which you have the permission Manage Server")
    bots.add(step, state, asked.permissions)


def may_add_bot(state: GuildState, user_id: str, now: float) -> bool:
    member = state.members.get(user_id)
    return member is not None and bool(in_guild(state, member, now) & Permission.MANAGE_GUILD)
