"""A watched loop in a process of its own, to be stopped: `python -m tests.kernel.watched_process <seconds>`.

It blocks for so long, and says so before; then it is idle until its input ends. With a second argument, a file that is
not there yet, it begins anew when the block lasts, and then says that it has.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

import structlog

from rallypoint.kernel.watchdog import Lasting, Watchdog, begin_anew

LASTING = Lasting(timedelta(seconds=1.2), begin_anew)


def block(seconds: float) -> None:
    print("blocking", flush=True)
    threading.Event().wait(seconds)


async def main(seconds: float, memory: Path | None = None) -> None:
    if memory is not None:
        if memory.exists():
            print("anew", os.getpid(), flush=True)
            return
        memory.touch()
    watchdog = Watchdog(lasting=None if memory is None else LASTING)
    watching = asyncio.create_task(watchdog.run())
    await asyncio.sleep(0)
    block(seconds)
    await asyncio.to_thread(sys.stdin.readline)
    watching.cancel()


if __name__ == "__main__":
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    asyncio.run(main(float(sys.argv[1]), *map(Path, sys.argv[2:])))
