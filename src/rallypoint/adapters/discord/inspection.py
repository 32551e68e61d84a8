"""What Discord says of the bot, asked by REST alone: for the doctor, who must not disturb a running bot's gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import aiohttp

from rallypoint.kernel import ports
from rallypoint.kernel.errors import Forbidden, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, RoleId, UserId
from rallypoint.kernel.people import KNOWN, Permission
from rallypoint.kernel.ports import Overwrite

from .target import check_address

DISCORD = "https://discord.com"
GUILDS_A_PAGE = 200
VOICE = {2, 13}
"""Types of channels that people can be in (docs: Resources > Channel)."""
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


@dataclass(frozen=True, slots=True)
class SeenChannel:
    name: str
    overwrites: Sequence[Overwrite]


@dataclass(frozen=True, slots=True)
class SeenInside:
    """One guild, as the bot finds it."""

    bot_id: UserId
    roles: frozenset[RoleId]
    """The bot's own."""
    role_names: Mapping[int, str]
    channels: Mapping[ChannelId, SeenChannel]


async def look_into(token: str, discord_url: str | None, guild_id: GuildId) -> SeenInside:
    """Raises as `look`."""
    async with _asking(token, discord_url) as (client, api):
        me, _ = await _get(client, f"{api}/users/@me")
        member, _ = await _get(client, f"{api}/guilds/{guild_id}/members/{me['id']}")
        roles, _ = await _get(client, f"{api}/guilds/{guild_id}/roles")
        channels, _ = await _get(client, f"{api}/guilds/{guild_id}/channels")
    return SeenInside(
        UserId(int(me["id"])),
        frozenset(RoleId(int(each)) for each in member["roles"]),
        {int(role["id"]): role["name"] for role in roles},
        {ChannelId(int(each["id"])): _channel(each) for each in channels},
    )


def _channel(data: Mapping[str, Any]) -> SeenChannel:
    return SeenChannel(
        data["name"], [_overwrite(each) for each in data.get("permission_overwrites", ())]
    )


def _overwrite(data: Mapping[str, Any]) -> Overwrite:
    allow, deny = (Permission(int(data[each]) & KNOWN) for each in ("allow", "deny"))
    target: Literal["role", "member"] = "role" if int(data["type"]) == 0 else "member"
    return Overwrite(int(data["id"]), target, allow=allow, deny=deny)


@asynccontextmanager
async def _asking(
    token: str, discord_url: str | None
) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    base = str(check_address(discord_url)) if discord_url else DISCORD
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (rallypoint, 0)"}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as client:
            yield client, f"{base.rstrip('/')}/api/v10"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"Discord does not answer at {base} ({error!r})") from None


async def look(token: str, discord_url: str | None) -> Seen:
    """Raise Forbidden("token_refused") for a wrong token, Unavailable if Discord does not answer."""
    async with _asking(token, discord_url) as (client, api):
        application, skew = await _get(client, f"{api}/applications/@me")
        guilds = await _guilds(client, api)
    return Seen(int(application["id"]), application["name"], guilds, skew)


async def find_channels(
    token: str, discord_url: str | None, wanted: Collection[ChannelId]
) -> Mapping[ChannelId, ports.SeenChannel]:
    """Those of *wanted* that the bot sees, with all others of their guilds. Raises as `look`."""
    found: dict[ChannelId, ports.SeenChannel] = {}
    async with _asking(token, discord_url) as (client, api):
        for channel_id in wanted:
            if channel_id in found:
                continue
            guild_id = await _guild_of(client, f"{api}/channels/{channel_id}")
            if guild_id is not None:
                channels, _ = await _get(client, f"{api}/guilds/{guild_id}/channels")
                found |= {ChannelId(int(each["id"])): _found(each, guild_id) for each in channels}
    return found


async def _guild_of(client: aiohttp.ClientSession, url: str) -> GuildId | None:
    try:
        data, _ = await _get(client, url)
    except aiohttp.ClientResponseError as error:
        if error.status in {400, 403, 404}:
            return None
        raise
    return GuildId(int(data["guild_id"])) if "guild_id" in data else None


def _found(data: Mapping[str, Any], guild_id: GuildId) -> ports.SeenChannel:
    return ports.SeenChannel(guild_id, data["name"], data["type"] in VOICE)


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
