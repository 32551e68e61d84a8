"""`python -m bench [NAME…]`: take the figures, all of them or those that are named."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from . import dbot, deliveries, destinations, engine, fakecord, rooms, sessions, voice

BENCHES: dict[str, Callable[[], Awaitable[None]]] = {
    "dbot": dbot.run,
    "deliveries": deliveries.run,
    "destinations": destinations.run,
    "engine": engine.run,
    "fakecord": fakecord.run,
    "rooms": rooms.run,
    "sessions": sessions.run,
    "voice": voice.run,
}


async def main(names: list[str]) -> None:
    if unknown := [name for name in names if name not in BENCHES]:
        sys.exit(f"there is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}")
    for name in names or BENCHES:
        await BENCHES[name]()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
