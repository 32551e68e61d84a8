"""Keeps a bot on the line, whatever happens to discord.py or to Discord."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import discord
import structlog

from rallypoint.kernel.errors import CannotStart

from .answers import NETWORK
from .client import PAUSES, Bot, Pauses
from .line import Line

log = structlog.get_logger()

PORTAL = "https://discord.com/developers/applications"
WRONG_TOKEN = (
    "Discord does not accept the bot token; copy it anew from the Bot page of your application at "
    f"{PORTAL} (Reset Token) and set RALLYPOINT_TOKEN"
)
NO_TOKEN = (
    "no bot token is set; copy it from the Bot page of your application at "
    f"{PORTAL} and set RALLYPOINT_TOKEN, or try `rallypoint demo`, which needs none"
)
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
AUTHENTICATION_FAILED = 4004
FATAL = {
    4010: "Discord refuses this shard number",
    4011: "the bot is in too many servers for one gateway connection; it needs sharding",
    4012: "Discord no longer speaks this version of its gateway; install a newer Rallypoint",
    4013: "Discord does not know the intents this bot asks for; install a newer Rallypoint",
}


class Supervisor:
    """*build* makes a new client each time: one that failed is never used again."""

    def __init__(
        self, line: Line, *, token: str | None, build: Callable[[], Bot], pauses: Pauses = PAUSES
    ) -> None:
        self._line = line
        self._token = (token or "").strip()
        self._build = build
        self._pauses = pauses
        self._denied = 0

    @property
    def connected(self) -> bool:
        return self._line.connected

    async def run(self) -> None:
        """Until cancelled. Raises CannotStart for what only a person can mend."""
        check_token(self._token)
        loop = asyncio.get_running_loop()
        pause = self._pauses.first
        while True:
            began = loop.time()
            await self._try_one()
            if loop.time() - began >= self._pauses.steady:
                pause = self._pauses.first
            log.info("discord.pause", seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._pauses.most)

    async def _try_one(self) -> None:
        client = self._build()
        try:
            await self._keep(client)
        except discord.LoginFailure:
            raise CannotStart(WRONG_TOKEN) from None
        except discord.PrivilegedIntentsRequired:
            raise CannotStart(_intents_missing(client.intents)) from None
        except discord.ConnectionClosed as closed:
            self._check_close(closed)
        except CannotStart:
            raise
        except (discord.HTTPException, discord.GatewayNotFound, *NETWORK) as error:
            log.warning("discord.unreachable", error=str(error) or type(error).__name__)
        except Exception:
            log.exception("discord.client_failed")

    async def _keep(self, client: Bot) -> None:
        """Until the client ends, or gives itself up for lost."""
        running = asyncio.create_task(client.start(self._token), name="discord.client")
        lost = asyncio.create_task(client.lost.wait(), name="discord.lost")
        try:
            await asyncio.wait({running, lost}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            running.cancel()
            lost.cancel()
            await asyncio.wait({running, lost})
            await self._close(client)

    async def _close(self, client: Bot) -> None:
        try:
            async with asyncio.timeout(self._pauses.close):
                await client.close()
        except TimeoutError:
            log.warning("discord.close_timed_out")
            await client.http.close()

    def _check_close(self, closed: discord.ConnectionClosed) -> None:
        """Raise CannotStart unless a new client may fare better."""
        if reason := FATAL.get(closed.code):
            raise CannotStart(f"{reason} (gateway close code {closed.code})")
        # Believed at the second time: the log-in before it asks the REST door, the better witness.
        self._denied = self._denied + 1 if closed.code == AUTHENTICATION_FAILED else 0
        if self._denied >= 2:
            raise CannotStart(WRONG_TOKEN)
        log.warning("discord.closed", code=closed.code)


def check_token(token: str) -> None:
    """Raise CannotStart for one that cannot be a token."""
    if not token:
        raise CannotStart(NO_TOKEN)
    if not re.fullmatch(r"[\w.\-]+", token, re.ASCII):
        raise CannotStart(WRONG_TOKEN)


def _intents_missing(intents: discord.Intents) -> str:
    asked = {
        "Server Members": intents.members,
        "Presence": intents.presences,
        "Message Content": intents.message_content,
    }
    names = ", ".join(name for name, wanted in asked.items() if wanted) or "privileged"
    return (
        f"Discord refuses the intents {names}; switch them on at {PORTAL} (your application, Bot, "
        "Privileged Gateway Intents), or switch off the setting that needs them"
    )
