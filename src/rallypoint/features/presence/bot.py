"""From the gateway's raw payloads into the ledger, in the order they came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from discord.ext import commands
from sqlalchemy.exc import SQLAlchemyError

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.feature import Parts, Sessions
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

from . import rules, service

log = structlog.get_logger()


class Voice(commands.Cog):
    def __init__(self, parts: Parts) -> None:
        self.clock = parts.clock
        self.scribe = Scribe(parts.sessions, parts.clock)
        self.raw: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "READY": lambda _: self.scribe.take(rules.Identified(self.clock.now())),
            "RESUMED": lambda _: self.scribe.take(rules.Resumed(self.clock.now())),
            "GUILD_CREATE": self.guild_create,
            "GUILD_DELETE": self.guild_delete,
            "VOICE_STATE_UPDATE": self.voice_state_update,
        }

    async def cog_load(self) -> None:
        await self.scribe.start()

    async def cog_unload(self) -> None:
        await self.scribe.stop()

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        self.scribe.take(rules.Disconnected(self.clock.now()))

    def voice_state_update(self, payload: dict[str, Any]) -> None:
        if "guild_id" not in payload:
            return
        channel = payload["channel_id"]
        self.scribe.take(
            rules.VoiceState(
                GuildId(int(payload["guild_id"])),
                UserId(int(payload["user_id"])),
                ChannelId(int(channel)) if channel is not None else None,
                bool(payload.get("member", {}).get("user", {}).get("bot", False)),
                self.clock.now(),
            )
        )

    def guild_create(self, payload: dict[str, Any]) -> None:
        if payload.get("unavailable"):
            return
        guild_id, now = GuildId(int(payload["id"])), self.clock.now()
        bots = {
            member["user"]["id"]
            for member in payload.get("members", ())
            if member["user"].get("bot", False)
        }
        states = tuple(
            rules.VoiceState(
                guild_id,
                UserId(int(state["user_id"])),
                ChannelId(int(state["channel_id"])) if state["channel_id"] is not None else None,
                state["user_id"] in bots,
                now,
            )
            for state in payload.get("voice_states", ())
        )
        self.scribe.take(rules.Snapshot(guild_id, now, states))

    def guild_delete(self, payload: dict[str, Any]) -> None:
        guild_id, now = GuildId(int(payload["id"])), self.clock.now()
        if payload.get("unavailable"):
            self.scribe.take(rules.Outage(guild_id, now))
        else:
            self.scribe.take(rules.Removed(guild_id, now))


class Scribe:
    """Writes the ledger down: what arrives while a transaction runs goes into the next one, so a flood is grouped and
    a single event waits for nobody."""

    PAUSE = 0.5

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self.sessions = sessions
        self.clock = clock
        self.ledger = rules.Ledger()
        self._given: list[rules.Input] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._written = asyncio.Event()

    async def until_written(self) -> None:
        """Until everything taken so far is in the database."""
        await self._written.wait()

    def take(self, given: rules.Input) -> None:
        self._given.append(given)
        self._written.clear()
        self._more.set()

    async def start(self) -> None:
        async with self.sessions.begin() as session:
            await service.forget_sight(session)
            self.ledger = await service.load(session)
        self._task = asyncio.create_task(self._write_for_ever(), name="voice ledger")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.write()

    async def _write_for_ever(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            await self.write()
            if not self._given:
                self._written.set()

    async def write(self) -> None:
        """Everything taken so far is in the database when this returns."""
        given, self._given = self._given, []
        if not given:
            return
        changes = rules.Changes()
        for each in given:
            self.ledger.step(each, changes)
        try:
            async with self.sessions.begin() as session:
                await service.store(session, changes)
        except (SQLAlchemyError, OSError) as error:
            log.warning("voice ledger not written", error=str(error), inputs=len(given))
            await self._recover()

    async def _recover(self) -> None:
        """Whether the failed transaction was carried out is not known: what is stored is read again and compared with
        what is believed, as if that had come in a snapshot."""
        while True:
            await asyncio.sleep(self.PAUSE)
            changes = rules.Changes()
            try:
                async with self.sessions.begin() as session:
                    stored = await service.load(session)
                    await service.forget_sight(session)
                    for snapshot in self.ledger.snapshots(self.clock.now()):
                        stored.step(snapshot, changes)
                    await service.store(session, changes)
            except (SQLAlchemyError, OSError) as error:
                log.warning("voice ledger still not written", error=str(error))
                continue
            self.ledger = stored
            return
