from __future__ import annotations

from collections.abc import Callable, Mapping

from discord.ext import commands

from rallypoint.features.presence import rules
from rallypoint.features.presence.service import checking, privacy
from rallypoint.kernel.commits import listen
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId

from . import raw
from .raw import Payload
from .scribe import Scribe


class Voice(commands.Cog):
    """Hands the gateway's payloads to the scribe, in the order they came."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.clock = parts.clock
        self.scribe = Scribe(parts.sessions, parts.clock, heard=parts.heard)
        self.raw: Mapping[str, Callable[[Payload], None]] = {
            "READY": self.ready,
            "RESUMED": self.resumed,
            "GUILD_CREATE": self.guild_create,
            "GUILD_DELETE": self.guild_delete,
            "CHANNEL_DELETE": self.channel_delete,
            "VOICE_STATE_UPDATE": self.voice_state_update,
        }
        self._unlisten: list[Callable[[], None]] = []

    async def cog_load(self) -> None:
        await self.scribe.start()
        sessions = self.parts.sessions
        self._unlisten = [
            listen(sessions, checking.TOPIC, lambda _: self.scribe.ask_for_check()),
            listen(sessions, privacy.TOPIC, lambda _: self.scribe.read_wishes()),
        ]

    async def cog_unload(self) -> None:
        for unlisten in self._unlisten:
            unlisten()
        await self.scribe.stop()

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        self.scribe.take(rules.Disconnected(self.clock.now()))

    def ready(self, payload: Payload) -> None:
        self.scribe.take(raw.identified(payload, self.clock.now()))

    def resumed(self, _: Payload) -> None:
        self.scribe.take(rules.Resumed(self.clock.now()))

    def voice_state_update(self, payload: Payload) -> None:
        if "guild_id" not in payload:
            return
        user = payload.get("member", {}).get("user", {})
        guild_id = GuildId(int(payload["guild_id"]))
        self.scribe.take(raw.voice_state(payload, guild_id, self.clock.now(), user))

    def guild_create(self, payload: Payload) -> None:
        if not payload.get("unavailable"):
            self.scribe.take(raw.snapshot(payload, self.clock.now()))

    def guild_delete(self, payload: Payload) -> None:
        guild_id, now = GuildId(int(payload["id"])), self.clock.now()
        if payload.get("unavailable"):
            self.scribe.take(rules.Outage(guild_id, now))
        else:
            self.scribe.take(rules.Removed(guild_id, now))

    def channel_delete(self, payload: Payload) -> None:
        guild_id, channel_id = GuildId(int(payload["guild_id"])), ChannelId(int(payload["id"]))
        self.scribe.take(rules.ChannelGone(guild_id, channel_id, self.clock.now()))
