"""`python -m bench [--quick] [NAME…]`: take the figures, all or those that are named. With `--quick` small ones, to see
that it works."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import Protocol

from . import (
    busy,
    dbot,
    deliveries,
    destinations,
    engine,
    fakecord,
    pages,
    pipeline,
    rooms,
    sessions,
    voice,
)


class Bench(Protocol):
    def __call__(self, *, quick: bool) -> Awaitable[None]: ...


BENCHES: dict[str, Bench] = {
    "busy": busy.run,
    "dbot": dbot.run,
    "deliveries": deliveries.run,
    "destinations": destinations.run,
    "engine": engine.run,
    "fakecord": fakecord.run,
    "pages": pages.run,
    "pipeline": pipeline.run,
    "rooms": rooms.run,
    "sessions": sessions.run,
    "voice": voice.run,
}


async def main(arguments: list[str]) -> None:
    names = [each for each in arguments if each != "--quick"]
    if unknown := [name for name in names if name not in BENCHES]:
        sys.exit(f"there is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}")
    for name in names or BENCHES:
        await BENCHES[name](quick="--quick" in arguments)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
