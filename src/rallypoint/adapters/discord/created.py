"""Finding what a create left behind whose answer never came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Literal

import discord
from discord.http import HTTPClient

from rallypoint.kernel.errors import Forbidden, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import VoiceChannelPlan

from . import answers

CHANNEL_CREATE: Literal[10] = 10
PAGE = 100
MOST_PAGES = 20
SKEW = timedelta(minutes=5)
"""How far our clock may be from Discord's while we leaf through the audit log."""
CATCHES_UP = timedelta(seconds=5)


class Search:
    def __init__(
        self,
        http: HTTPClient,
        guild_id: GuildId,
        plan: VoiceChannelPlan,
        *,
        operation: OperationId,
        since: datetime,
        until: datetime,
    ) -> None:
        self._http = http
        self._guild_id = guild_id
        self._plan = plan
        self._operation = operation
        self._since = since.replace(microsecond=since.microsecond // 1000 * 1000)
        self._until = until

    async def run(self, permissions: Permission | None) -> tuple[ChannelId, ...]:
        """By the audit log where *permissions* may allow it, else by likeness."""
        if permissions is not None and not permissions & (
            Permission.VIEW_AUDIT_LOG | Permission.ADMINISTRATOR
        ):
            return await self._alike()
        try:
            entries = [entry async for entry in self._entries()]
        except Forbidden:
            return await self._alike()
        return await self._named_by(entries)

    async def _named_by(self, entries: list[dict[str, Any]]) -> tuple[ChannelId, ...]:
        mark = f"op {self._operation}"
        ours = [entry for entry in entries if (entry.get("reason") or "").endswith(mark)]
        if ours:
            found = [ChannelId(int(entry["target_id"])) for entry in ours]
            return tuple([channel_id for channel_id in found if await self._exists(channel_id)])
        # The log may lag behind: a channel like ours that no entry accounts for is undecided, and
        # one that has an entry is somebody else's.
        accounted = {int(entry["target_id"]) for entry in entries}
        if set(await self._alike()) - accounted:
            raise Unavailable("Discord's audit log is behind", retry_in=CATCHES_UP)
        return ()

    async def _entries(self) -> AsyncIterator[dict[str, Any]]:
        """Channels created since, the newest first."""
        before: int | None = None
        for _ in range(MOST_PAGES):
            async with answers.asking():
                page: Any = await self._http.get_audit_logs(
                    self._guild_id, limit=PAGE, before=before, action_type=CHANNEL_CREATE
                )
            entries = page["audit_log_entries"]
            for entry in entries:
                yield entry
            if len(entries) < PAGE:
                return
            before = int(entries[-1]["id"])
            if discord.utils.snowflake_time(before) < self._since - SKEW:
                return

    async def _exists(self, channel_id: ChannelId) -> bool:
        try:
            async with answers.asking():
                await self._http.get_channel(channel_id)
        except Refused as refused:
            if refused.facts.get("code") == answers.UNKNOWN_CHANNEL:
                return False
            raise
        return True

    async def _alike(self) -> tuple[ChannelId, ...]:
        async with answers.asking():
            channels: Any = await self._http.get_all_guild_channels(self._guild_id)
        return tuple(ChannelId(int(channel["id"])) for channel in channels if self._fits(channel))

    def _fits(self, channel: dict[str, Any]) -> bool:
        parent_id = int(channel["parent_id"]) if channel.get("parent_id") else None
        made = discord.utils.snowflake_time(int(channel["id"]))
        return (
            channel["type"] == discord.ChannelType.voice.value
            and channel["name"] == self._plan.name
            and parent_id == self._plan.parent_id
            and self._since <= made <= self._until
        )
