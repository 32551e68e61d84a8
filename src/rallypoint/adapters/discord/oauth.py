"""People's log-in by Discord: https://docs.discord.com/developers/topics/oauth2"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import KNOWN, Permission
from rallypoint.kernel.secrecy import SECRECY

from .inspection import DISCORD
from .target import check_address

SCOPES = ("identify", "guilds", "guilds.members.read")
PATIENCE = aiohttp.ClientTimeout(total=10)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    seconds: int
    """That *access* is good for."""


@dataclass(frozen=True, slots=True)
class Person:
    id: UserId
    name: str


@dataclass(frozen=True, slots=True)
class TheirGuild:
    id: GuildId
    name: str
    permissions: Permission
    is_owner: bool


class OAuth:
    """Every question raises Unavailable if Discord does not answer, and Refused("log_in_refused") if it says no."""

    def __init__(
        self, *, client_id: int, secret: str, redirect_uri: str, discord_url: str | None
    ) -> None:
        base = str(check_address(discord_url)).rstrip("/") if discord_url else DISCORD
        self._client = {"client_id": str(client_id), "client_secret": secret}
        self._redirect_uri = redirect_uri
        self._page = f"{base}/oauth2/authorize"
        self._api = f"{base}/api/v10"

    def page(self, *, state: str, verifier: str) -> str:
        """Where somebody says yes or no; PKCE is by S256, the one way that Discord takes."""
        address: str = prepare_grant_uri(
            self._page,
            self._client["client_id"],
            "code",
            redirect_uri=self._redirect_uri,
            scope=list(SCOPES),
            state=state,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return address

    async def exchange(self, code: str, *, verifier: str) -> Tokens:
        """Also raises Refused("log_in_scopes_missing")."""
        SECRECY.remember(code, verifier)
        return await self._tokens(
            "authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=self._redirect_uri,
        )

    async def refresh(self, tokens: Tokens) -> Tokens:
        """The old ones are spent by that."""
        return await self._tokens("refresh_token", refresh_token=tokens.refresh)

    async def person(self, tokens: Tokens) -> Person:
        told = await self._ask("GET", "/users/@me", tokens=tokens)
        try:
            return Person(UserId(int(told["id"])), str(told.get("global_name") or told["username"]))
        except (LookupError, TypeError, ValueError):
            raise _nonsense() from None

    async def guilds(self, tokens: Tokens) -> list[TheirGuild]:
        """Those they are in, 200 at most: as many as Discord lets anybody be in."""
        told = await self._ask("GET", "/users/@me/guilds", tokens=tokens)
        try:
            return [_guild(each) for each in told]
        except (LookupError, TypeError, ValueError):
            raise _nonsense() from None

    async def _tokens(self, grant_type: str, **asked: str) -> Tokens:
        body = prepare_token_request(grant_type, **self._client, **asked)
        told = await self._ask("POST", "/oauth2/token", body=body)
        try:
            missing = set(SCOPES) - set(str(told["scope"]).split())
            tokens = Tokens(
                str(told["access_token"]), str(told["refresh_token"]), int(told["expires_in"])
            )
        except (LookupError, TypeError, ValueError):
            raise _nonsense() from None
        SECRECY.remember(tokens.access, tokens.refresh)
        if missing:
            raise Refused("log_in_scopes_missing", missing=", ".join(sorted(missing)))
        return tokens

    async def _ask(
        self, method: str, path: str, *, tokens: Tokens | None = None, body: str | None = None
    ) -> Any:
        headers = {"User-Agent": "DiscordBot (rallypoint, 0)"} | (FORM if body else {})
        if tokens is not None:
            headers["Authorization"] = f"Bearer {tokens.access}"
        try:
            async with (
                aiohttp.ClientSession(timeout=PATIENCE) as client,
                client.request(
                    method, f"{self._api}{path}", data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                return await _read(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"Discord does not answer ({type(error).__name__})") from None


async def _read(response: aiohttp.ClientResponse) -> Any:
    if response.status >= 500 or response.status == 429:
        raise Unavailable(f"Discord answers {response.status}")
    try:
        told = await response.json(content_type=None)
    except ValueError:
        raise _nonsense() from None
    # Some answer 200 with an error in it.
    if isinstance(told, Mapping) and ("error" in told or response.status >= 400):
        raise Refused("log_in_refused", reason=str(told.get("error") or told.get("message"))[:100])
    if response.status >= 300:
        raise _nonsense()
    return told


def _nonsense() -> Unavailable:
    return Unavailable("Discord answers what cannot be read")


def _guild(told: Mapping[str, Any]) -> TheirGuild:
    return TheirGuild(
        id=GuildId(int(told["id"])),
        name=str(told["name"]),
        permissions=Permission(int(told["permissions"])) & KNOWN,
        is_owner=bool(told["owner"]),
    )
