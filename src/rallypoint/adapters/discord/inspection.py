"""What Discord says of the bot, asked by REST alone: for the doctor, who must not disturb a running bot's gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from rallypoint.kernel.errors import Forbidden, Unavailable
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import KNOWN, Permission

from .target import check_address

DISCORD = "https://discord.com"
GUILDS_A_PAGE = 200
PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class SeenGuild:
    id: GuildId
    name: str
    permissions: Permission
    """The bot's own, in the guild as a whole."""


@dataclass(frozen=True, slots=True)
class Seen:
    application_id: int
    application: str
    guilds: Sequence[SeenGuild]
    skew: timedelta
    """How far our clock is ahead of Discord's, to about a second."""


async def look(token: str, discord_url: str | None) -> Seen:
    """Raise Forbidden("token_refused") for a wrong token, Unavailable if Discord does not answer."""
    base = str(check_address(discord_url)) if discord_url else DISCORD
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (rallypoint, 0)"}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as client:
            api = f"{base.rstrip('/')}/api/v10"
            application, skew = await _get(client, f"{api}/applications/@me")
            guilds = await _guilds(client, api)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"Discord does not answer at {base} ({error!r})") from None
    return Seen(int(application["id"]), application["name"], guilds, skew)


async def _guilds(client: aiohttp.ClientSession, api: str) -> Sequence[SeenGuild]:
    seen: list[SeenGuild] = []
    while True:
        after = seen[-1].id if seen else 0
        page, _ = await _get(client, f"{api}/users/@me/guilds?limit={GUILDS_A_PAGE}&after={after}")
        seen += [_guild(each) for each in page]
        if len(page) < GUILDS_A_PAGE:
            return seen


def _guild(data: Mapping[str, Any]) -> SeenGuild:
    permissions = Permission(int(data["permissions"]) & KNOWN)
    return SeenGuild(GuildId(int(data["id"])), data["name"], permissions)


async def _get(client: aiohttp.ClientSession, url: str) -> tuple[Any, timedelta]:
    async with client.get(url) as response:
        if response.status == 401:
            raise Forbidden("token_refused")
        response.raise_for_status()
        said = response.headers.get("Date")
        now = datetime.now(UTC)
        skew = now - parsedate_to_datetime(said) if said else timedelta()
        return await response.json(), skew
