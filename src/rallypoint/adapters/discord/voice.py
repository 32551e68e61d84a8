"""The bot's seats in voice: at most one in each guild, as Discord has it.

A seat belongs to a session of the gateway: RESUMED keeps it, a fresh log-in begins without one. So whoever wants the
bot in a channel asks for it again after each log-in; asking twice costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from weakref import WeakValueDictionary

import discord
import structlog

from rallypoint.kernel.errors import Forbidden, NotFound, Unavailable
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.settings import Settings

from . import audio
from .answers import NETWORK
from .audio import Audio, Hook
from .line import Line

log = structlog.get_logger()

CHANNEL_WITHIN = 3.0
"""Seconds until a channel that was just made is in discord.py's cache, too."""
JOIN_WITHIN = 10.0
LEAVE_WITHIN = 5.0
FAILURES = (discord.ClientException, discord.HTTPException, RuntimeError, *NETWORK)


class Seat(discord.VoiceProtocol):
    """A voice state of the gateway and nothing else: no socket, no codec."""

    channel: discord.VoiceChannel

    def __init__(self, client: discord.Client, channel: Any) -> None:
        super().__init__(client, channel)
        self._taken, self._left = asyncio.Event(), asyncio.Event()

    @property
    def taken_away(self) -> bool:
        return self._left.is_set()

    async def on_voice_state_update(self, data: Any) -> None:
        channel_id = data["channel_id"]
        if channel_id is None:
            # Before it is taken this is the end of the seat of before.
            if self._taken.is_set():
                self._left.set()
                self.cleanup()
        elif int(channel_id) == self.channel.id:
            self._taken.set()
        elif isinstance(
            there := self.channel.guild.get_channel(int(channel_id)), discord.VoiceChannel
        ):
            self.channel = there

    async def on_voice_server_update(self, data: Any) -> None:
        """Nobody speaks here, so no voice server is needed."""

    async def connect(
        self, *, timeout: float, reconnect: bool, self_deaf: bool = False, self_mute: bool = False
    ) -> None:
        await self.channel.guild.change_voice_state(
            channel=self.channel, self_deaf=self_deaf, self_mute=self_mute
        )
        async with asyncio.timeout(timeout):
            await self._taken.wait()

    async def disconnect(self, *, force: bool) -> None:
        try:
            await self.channel.guild.change_voice_state(channel=None)
            if self._taken.is_set() and not self.client.is_closed():
                # The next seat would take the answer for its own.
                async with asyncio.timeout(LEAVE_WITHIN):
                    await self._left.wait()
        finally:
            self.cleanup()

    async def abandon(self) -> None:
        """Its gateway session is gone, and it with it."""

    def cleanup(self) -> None:
        if self.channel.guild.voice_client in (None, self):
            super().cleanup()


class Voice:
    """*sound*: by discord.py's own client, which is handed to *hook*; else by a `Seat`."""

    def __init__(self, line: Line, *, sound: bool = False, hook: Hook | None = None) -> None:
        self._line = line
        self._sound = sound
        self._hook = hook
        self._turns: WeakValueDictionary[GuildId, asyncio.Lock] = WeakValueDictionary()

    def channel(self, guild_id: GuildId) -> ChannelId | None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        seat: Any = guild.voice_client if guild else None
        return None if seat is None or seat.taken_away else ChannelId(seat.channel.id)

    async def join(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        async with self._turn(guild_id):
            if self.channel(guild_id) == channel_id:
                return
            channel = await self._find(guild_id, channel_id)
            _check_may_connect(channel)
            await self._leave(channel.guild)
            try:
                seat = await channel.connect(
                    timeout=JOIN_WITHIN,
                    cls=Audio if self._sound else Seat,
                    self_deaf=not self._sound,
                )
            except FAILURES as error:
                await self._leave(channel.guild)
                what = str(error) or type(error).__name__
                raise Unavailable(f"Discord did not let the bot sit down: {what}") from error
            if isinstance(seat, Audio):
                seat.begin(self._hook)

    async def leave(self, guild_id: GuildId) -> None:
        client = self._line.client
        guild = client.get_guild(guild_id) if client else None
        if guild is not None:
            async with self._turn(guild_id):
                await self._leave(guild)

    async def _leave(self, guild: discord.Guild) -> None:
        seat = guild.voice_client
        if seat is None:
            return
        try:
            async with asyncio.timeout(LEAVE_WITHIN):
                await seat.disconnect(force=True)
        except FAILURES as error:
            log.warning("Left voice without an answer", guild=guild.id, error=str(error))
        finally:
            seat.cleanup()

    async def _find(self, guild_id: GuildId, channel_id: ChannelId) -> discord.VoiceChannel:
        client = self._line.client
        if client is None or not self._line.connected:
            raise Unavailable("There is no connection to Discord")
        guild = client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            raise Unavailable("Discord has not told us about this server")
        channel = guild.get_channel(channel_id)
        if channel is None:
            # The answer to its creation may come before the gateway tells of it.
            try:
                channel = await client.wait_for(
                    "guild_channel_create",
                    check=lambda each: each.id == channel_id,
                    timeout=CHANNEL_WITHIN,
                )
            except TimeoutError:
                raise NotFound("voice_channel_gone", channel=channel_id) from None
        if not isinstance(channel, discord.VoiceChannel):
            raise NotFound("voice_channel_gone", channel=channel_id)
        return channel

    def _turn(self, guild_id: GuildId) -> asyncio.Lock:
        return self._turns.setdefault(guild_id, asyncio.Lock())


def voice_of(line: Line, settings: Settings) -> Voice:
    """As the program is set up. Raise CannotStart for sound without what it needs."""
    if settings.sessions_voice == "presence":
        return Voice(line)
    audio.check_libraries()
    named = settings.sessions_audio_hook
    return Voice(line, sound=True, hook=audio.load_hook(named) if named else None)


def _check_may_connect(channel: discord.VoiceChannel) -> None:
    """What the bot may not, Discord answers with silence."""
    # `me` is None where the cache has not heard of us yet, whatever its type says.
    me: discord.Member | None = channel.guild.me
    if me is None:
        raise Unavailable("Discord has not told us about this server")
    held = Permission(channel.permissions_for(me).value)
    needed = Permission.VIEW_CHANNEL | Permission.CONNECT
    if Permission.ADMINISTRATOR not in held and (missing := needed & ~held):
        where = f"in <#{channel.id}>"
        raise Forbidden("bot_lacks_permission", permission=missing.words, where=where)


async def abandon(seats: Iterable[Any]) -> None:
    """After a fresh log-in: those that discord.py is about to forget without ending them."""
    await asyncio.gather(*(seat.abandon() for seat in seats), return_exceptions=True)
