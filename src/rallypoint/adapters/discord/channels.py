"""The port's verbs on voice channels, and on who is in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord

from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import ChannelId, GuildId, OperationId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.ports import Overwrite, VoiceChannelChanges

from . import answers
from .operations import OnTheLine, mark

KINDS = {"role": 0, "member": 1}
"""Of an overwrite's target, as Discord numbers them."""


@asynccontextmanager
async def asking_of_channel() -> AsyncIterator[None]:
    """As `answers.asking`, where a channel that is gone is an answer of its own."""
    async with answers.asking():
        try:
            yield
        except discord.NotFound as error:
            if error.code == answers.UNKNOWN_CHANNEL:
                raise NotFound("channel_unknown") from error
            raise


class Channels(OnTheLine):
    async def edit_voice_channel(
        self,
        channel_id: ChannelId,
        changes: VoiceChannelChanges,
        *,
        operation: OperationId,
        reason: str,
    ) -> None:
        given = {"name": changes.name, "user_limit": changes.user_limit}
        options: Any = {key: value for key, value in given.items() if value is not None}
        async with asking_of_channel():
            await self._http().edit_channel(channel_id, reason=mark(reason, operation), **options)

    async def change_overwrite(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        wanted: Overwrite,
        *,
        clear: Permission = Permission.NONE,
        operation: OperationId,
        reason: str,
    ) -> None:
        allow, deny = await self._overwrite(channel_id, wanted.target_id)
        touched = wanted.allow.value | wanted.deny.value | clear.value
        allow = allow & ~touched | wanted.allow.value
        deny = deny & ~touched | wanted.deny.value
        said = mark(reason, operation)
        async with asking_of_channel():
            if allow or deny:
                await self._http().edit_channel_permissions(
                    channel_id,
                    wanted.target_id,
                    str(allow),
                    str(deny),
                    KINDS[wanted.target],  # type: ignore[arg-type]
                    reason=said,
                )
                return
            try:
                await self._http().delete_channel_permissions(
                    channel_id, wanted.target_id, reason=said
                )
            except discord.NotFound as error:
                if error.code != answers.UNKNOWN_OVERWRITE:
                    raise

    async def _overwrite(self, channel_id: ChannelId, target_id: int) -> tuple[int, int]:
        """What is allowed and denied there now: asked anew, for what others have set is not to be lost."""
        async with asking_of_channel():
            data: Any = await self._http().get_channel(channel_id)
        for each in data.get("permission_overwrites", ()):
            if int(each["id"]) == target_id:
                return int(each["allow"]), int(each["deny"])
        return 0, 0

    async def move_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        channel_id: ChannelId | None,
        *,
        operation: OperationId,
        reason: str,
    ) -> None:
        async with asking_of_channel():
            try:
                await self._http().edit_member(
                    guild_id, user_id, channel_id=channel_id, reason=mark(reason, operation)
                )
            except discord.HTTPException as error:
                if error.code == answers.NOT_IN_VOICE:
                    raise Conflict("member_not_in_voice") from error
                raise

    async def set_voice_status(
        self, channel_id: ChannelId, status: str, *, operation: OperationId, reason: str
    ) -> None:
        async with asking_of_channel():
            await self._http().edit_voice_channel_status(
                status or None, channel_id=channel_id, reason=mark(reason, operation)
            )
