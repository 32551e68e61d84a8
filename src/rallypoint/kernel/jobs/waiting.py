from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def first_of(*ways: Coroutine[Any, Any, object]) -> None:
    """Wait until one of them has ended, and end the others. Raises what that one raised."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def unbroken(way: Coroutine[Any, Any, T]) -> T:
    """Its result. A cancellation that comes meanwhile waits for its end: broken off, a statement costs its connection,
    and we would not know what it did."""
    task = asyncio.ensure_future(way)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
