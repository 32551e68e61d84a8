"""One client of discord.py: logs in, keeps the gateway, hands what comes in to the features."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import discord
import structlog
from discord.ext import commands

from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.kernel.ids import GuildId
from rallypoint.ui.discord import controls

from . import answers, voice
from .errors import say_no
from .intake import Intake
from .line import Line
from .trace import trace
from .tree import Tree
from .words import Words

log = structlog.get_logger()

INTENTS = discord.Intents(guilds=True, voice_states=True)
IDENTIFIES_SHARE = 0.9


def intents(*, message_content: bool) -> discord.Intents:
    """Those that need nothing, and if it is wanted what it takes to read messages: privileged."""
    if not message_content:
        return INTENTS
    return discord.Intents(
        guilds=True, voice_states=True, guild_messages=True, message_content=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Seconds."""

    first: float = 1.0
    """Before the next client after one that failed; doubled at each failure in a row."""
    most: float = 60.0
    steady: float = 60.0
    """Connected this long, a client counts as a success and the pauses start anew."""
    lost: float = 90.0
    """Away this long, a client is replaced. discord.py itself resumes within seconds; later a
    session is dead anyway, while its own pauses grow to a quarter of an hour."""
    guilds: float = 2.0
    """After the last guild of a new session, before those still missing count as unavailable."""
    identify: float = 5.0
    """Between two IDENTIFYs of one client."""
    close: float = 5.0
    """For the goodbye to an old client."""


PAUSES = Pauses()


class Bot(commands.Bot):
    """Good for one session of the supervisor: it is never re-opened.

    *cogs* are added once it is logged in. A cog with a `raw` mapping is called with these gateway
    payloads, see `Intake`; one with a `controls` mapping answers these controls, see `ui/discord`.
    Guilds outside of *allowed_guilds* are left alone, unless that is empty.
    """

    def __init__(
        self,
        line: Line,
        *,
        cogs: Iterable[commands.Cog],
        words: Words,
        allowed_guilds: Collection[GuildId] = (),
        intents: discord.Intents = INTENTS,
        pauses: Pauses = PAUSES,
    ) -> None:
        self.line = line
        self.words = words
        self.lost = asyncio.Event()
        """Set when it will not recover by itself; then somebody must close it."""
        self._cogs_to_add = tuple(cogs)
        self._controls: dict[tuple[str, int], controls.Handler] = {}
        self._pauses = pauses
        self._watchdog: asyncio.TimerHandle | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._abandoning: asyncio.Task[None] | None = None
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=pauses.guilds,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            max_ratelimit_timeout=30.0,
            http_trace=trace(line, unauthorized=self._unauthorized),
        )
        self.intake = Intake(
            self._connection.parsers,
            allowed_guilds=frozenset(allowed_guilds),
            tell=self._say_connected,
        )
        self._watch_over()

    async def setup_hook(self) -> None:
        for cog in self._cogs_to_add:
            await self.add_cog(cog)
            self.intake.add(getattr(cog, "raw", {}))
            self._controls |= getattr(cog, "controls", {})
        self.intake.add({"READY": self._abandon_voice})
        self.intake.add(self.line.names.raw)
        self.line.pick_up(self)
        if not self.line.synced:
            self._syncing = asyncio.create_task(self._sync(), name="discord.sync")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        if not initial:
            await asyncio.sleep(self._pauses.identify * random.uniform(0.5, 1.0))  # noqa: S311
        if wait := self.line.identifies.wait_for(IDENTIFIES_SHARE):
            log.error("discord.too_many_identifies", waits=timedelta(seconds=round(wait)))
            await asyncio.sleep(wait)
        self.line.identifies.count()

    async def on_ready(self) -> None:
        # Comes `Pauses.guilds` after the last guild: those still missing are unavailable.
        self.intake.stop_waiting_for_guilds()

    async def on_disconnect(self) -> None:
        self.intake.session_ended()
        self._say_connected(False)
        if self.ws is None:
            # discord.py would now trip over the session that it never had.
            self.give_up("the first connection to the gateway failed")

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self.intake.allows(interaction.guild_id):
            await controls.answer(interaction, self._controls)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        error = sys.exception()
        if event_method == "on_interaction" and error is not None:
            await say_no(args[0], error, self.words)
            return
        log.exception("discord.listener_failed", listener=event_method)

    def give_up(self, reason: str) -> None:
        if not self.lost.is_set():
            log.warning("discord.client_lost", reason=reason)
            self.lost.set()

    async def close(self) -> None:
        self._call_off_watchdog()
        if self._connection._ready_task is not None:
            # discord.py leaves it behind, and two seconds later a closed client would call itself ready.
            self._connection._ready_task.cancel()
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.wait([self._syncing])
        self.line.hang_up(self)
        await super().close()

    async def _sync(self) -> None:
        """Tell Discord our commands: one idempotent request, repeated until it is answered."""
        pause = self._pauses.first
        while True:
            try:
                async with answers.asking():
                    await self.tree.sync()
            except Unavailable as error:
                log.warning("discord.sync_waits", error=str(error))
                await asyncio.sleep(max(pause, (error.retry_in or timedelta()).total_seconds()))
                pause = min(pause * 2, self._pauses.most)
            except (discord.DiscordException, Refused) as error:
                self.line.sync_error = str(error)
                log.error("discord.sync_refused", error=str(error))
                return
            else:
                self.line.synced, self.line.sync_error = True, None
                log.info("discord.synced", commands=len(self.tree.get_commands()))
                return

    def _abandon_voice(self, _: dict[str, Any]) -> None:
        if self.voice_clients:
            seats = voice.abandon(self.voice_clients)
            self._abandoning = asyncio.create_task(seats, name="discord.voice")

    def _say_connected(self, connected: bool) -> None:
        if self.lost.is_set():
            return
        if connected:
            self._call_off_watchdog()
        else:
            self._watch_over()
        self.line.say_connected(connected)

    def _watch_over(self) -> None:
        if self._watchdog is None and not self.is_closed():
            loop = asyncio.get_running_loop()
            reason = f"not connected for {self._pauses.lost:.0f} seconds"
            self._watchdog = loop.call_later(self._pauses.lost, self.give_up, reason)

    def _call_off_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None

    def _unauthorized(self) -> None:
        if self.line.client is self:
            self.give_up("Discord no longer accepts the token")
