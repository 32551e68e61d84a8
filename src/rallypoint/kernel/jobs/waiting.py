from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from rallypoint.kernel.db import DatabaseErrors, is_outage

T = TypeVar("T")

log = structlog.get_logger()


async def first_of(*ways: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them has ended, and end the others. Raises what that one raised."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def is_set(event: asyncio.Event, within: float) -> bool:
    """Whether it is at last, after so many seconds at most."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False


async def any_set(*events: asyncio.Event, within: float) -> None:
    """Until one of them is, and for so many seconds at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await first_of(*(each.wait() for each in events))


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel them. A cancellation that comes meanwhile waits for their end: nothing is left behind."""
    ending, broken = list(tasks), False
    while pending := [task for task in ending if not task.done()]:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending)
        except asyncio.CancelledError:
            broken = True
    for task in ending:
        if not task.cancelled():
            # Or it would be reported as never asked for.
            task.exception()
    if broken:
        raise asyncio.CancelledError


async def unbroken(way: Coroutine[Any, Any, T]) -> T:
    """Its result. A cancellation that comes meanwhile waits for its end: broken off, a statement costs its connection,
    and we would not know what it did."""
    task = asyncio.ensure_future(way)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        raise


PAUSE = 1.0
"""Seconds between two tries while the database is away."""


async def until_done(step: Callable[[], Awaitable[None]]) -> None:
    """However long the database is away: *step* may be done twice."""
    while not await is_done(step):  # noqa: ASYNC110  # its return is no event
        await asyncio.sleep(PAUSE)


async def is_done(step: Callable[[], Awaitable[None]]) -> bool:
    """False: the database is away, and it is not known what it did last."""
    try:
        await step()
    except DatabaseErrors as error:
        if not is_outage(error):
            raise
        name = getattr(step, "__name__", str(step))
        log.error("the database does not answer", step=name, error=str(error)[:300])
        return False
    return True
