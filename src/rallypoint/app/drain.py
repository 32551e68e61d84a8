"""What the features want done when the program is stopped in good order, before anything of it stops."""

from __future__ import annotations

import asyncio

from rallypoint.kernel.feature import Parts

from . import catalogue


class Drain:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wanted = asyncio.Event()

    def stop(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        """Until it was asked to stop, and all is done."""
        await self._wanted.wait()
        for feature in catalogue.FEATURES:
            for finish in feature.at_stop:
                await finish(self._parts)
