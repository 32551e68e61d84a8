"""Which clock the program goes by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rallypoint.adapters.clock.followed import FollowedClock
from rallypoint.kernel.clock import Clock, SystemClock
from rallypoint.kernel.errors import CannotStart

CLOCK_WITHIN = 10
"""Seconds for the first line of a clock that is to be followed."""


@asynccontextmanager
async def clock_of(url: str | None) -> AsyncIterator[Clock]:
    """This machine's, or the one that a test serves at *url*. Raise CannotStart if none answers there."""
    if url is None:
        yield SystemClock()
        return
    clock = FollowedClock(url)
    following = asyncio.create_task(clock.run(), name="clock")
    try:
        await _until_following(clock, url)
        yield clock
    finally:
        following.cancel()
        await asyncio.wait({following})


async def _until_following(clock: FollowedClock, url: str) -> None:
    try:
        async with asyncio.timeout(CLOCK_WITHIN):
            await clock.following.wait()
    except TimeoutError:
        raise CannotStart(
            f"no clock answers at {url}; unset RALLYPOINT_TEST_CLOCK, which is for tests only"
        ) from None
