"""Python's collector looks through all that is alive for circles, and nothing else runs meanwhile: with a thousand
guilds in memory that is a tenth of a second, every few seconds. Nearly all of it stays for as long as the program does.
"""

from __future__ import annotations

import asyncio
import gc

SETTLED_AFTER = 10.0
"""Seconds: then Discord has told of its guilds."""
AGAIN_AFTER = 3600.0
"""After a fresh session with Discord there are new ones in their place."""


def keep_settled(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_later(SETTLED_AFTER, _settle_again, loop)


def _settle_again(loop: asyncio.AbstractEventLoop) -> None:
    settle()
    loop.call_later(AGAIN_AFTER, _settle_again, loop)


def settle() -> None:
    """Leave what is alive now out of later looks, and collect what was left out before and is garbage by now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
