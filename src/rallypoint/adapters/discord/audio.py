"""Voice with sound: discord.py's own voice client, handed to somebody's hook while it is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import discord
import structlog

from rallypoint.kernel.errors import CannotStart

log = structlog.get_logger()

Hook = Callable[[discord.VoiceClient], Awaitable[None]]
"""Runs while the bot is in a channel, and is cancelled when it leaves; after a lost session it is called anew."""

LIBRARIES = {"nacl": "PyNaCl", "davey": "davey"}
INSTALL = "install them with: pip install 'rallypoint[audio]'"


def check_libraries(find: Callable[[str], object] = find_spec) -> None:
    """Raise CannotStart, naming what is missing: discord.py itself would say so at the first join."""
    missing = [name for module, name in LIBRARIES.items() if find(module) is None]
    if missing:
        raise CannotStart(
            f"RALLYPOINT_SESSIONS_VOICE is audio, but {' and '.join(missing)} cannot be found;"
            f" {INSTALL}, or set it to presence"
        )


def load_hook(name: str) -> Hook:
    """*name*: `package.module:function`. Raise CannotStart if there is no such function."""
    module, _, function = name.partition(":")
    try:
        found: Any = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise CannotStart(
            f"RALLYPOINT_SESSIONS_AUDIO_HOOK is {name!r}, which cannot be loaded ({error});"
            " write it like package.module:function, and install the package beside this one"
        ) from None
    if not callable(found):
        raise CannotStart(f"RALLYPOINT_SESSIONS_AUDIO_HOOK is {name!r}, which is not a function")
    hook: Hook = found
    return hook


class Audio(discord.VoiceClient):
    """Knows whether its seat was taken away, and does not wait for Discord when it is given up."""

    taken_away = False
    hook: Hook | None = None
    _listening: asyncio.Future[None] | None = None

    async def on_voice_state_update(self, data: Any) -> None:
        # While it connects anew it leaves and comes back by itself: that is expected, and is no end.
        if data["channel_id"] is None and not self._connection._expecting_disconnect:
            self.taken_away = True
        await super().on_voice_state_update(data)

    def begin(self, hook: Hook | None) -> None:
        if hook is not None:
            self._listening = asyncio.ensure_future(hook(self))
            self._listening.add_done_callback(self._tell)

    async def disconnect(self, *, force: bool = False) -> None:
        if self.client.is_closed():
            # Nobody reads from the gateway any more, so no answer comes.
            await self.abandon()
        else:
            await super().disconnect(force=force)

    async def abandon(self) -> None:
        """Its gateway session is gone. Left alone it would connect anew, and take the bot from its next seat."""
        await self._connection.disconnect(force=True, wait=False)

    def cleanup(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        # Who took its place since must stay: discord.py knows them by guild alone.
        if self.guild.voice_client in (None, self):
            super().cleanup()

    def _tell(self, listening: asyncio.Future[None]) -> None:
        error = None if listening.cancelled() else listening.exception()
        if error is not None:
            log.error("The audio hook failed", guild=self.guild.id, exc_info=error)
