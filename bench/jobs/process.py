"""One contestant in a process of its own: `python -m bench.jobs.process NAME prepare|client|worker|both`.

A client does what it is told by lines of JSON and answers each with one.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from .contract import Contestant, Place
from .roster import ROSTER
from .starts import Writer


def this_place() -> Place:
    return Place(
        store=os.environ["BENCH_STORE"],
        name=os.environ["BENCH_NAME"],
        folder=Path(os.environ["BENCH_FOLDER"]),
        ticks=os.environ.get("BENCH_TICKS") == "1",
    )


def contestant(name: str) -> Contestant:
    entry = ROSTER[name]
    place = this_place()
    module = importlib.import_module(f"bench.jobs.contestants.{entry.module}")
    made: Contestant = module.make(place, Writer(place.folder), **entry.options)
    return made


async def main(name: str, role: str) -> None:
    engine = contestant(name)
    if role == "prepare":
        await engine.prepare()
    elif role == "worker":
        await engine.work()
    else:
        await Client(engine).serve()


class Client:
    def __init__(self, engine: Contestant) -> None:
        self._engine = engine
        self._work: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        await self._engine.open()
        self._say(ready=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            told = json.loads(line)
            began = time.perf_counter()
            answer = await self._do(**told)
            self._say(answer=answer, seconds=time.perf_counter() - began)
            if self._work is not None and self._work.done():
                self._work.result()
        if self._work is not None:
            self._work.cancel()
        await self._engine.close()

    async def _do(self, do: str, **told: Any) -> Any:
        match do:
            case "put":
                for number, due in enumerate(told["dues"], told["first"]):
                    await self._engine.put(number, due, slow=told.get("slow", False))
            case "put_many":
                numbers = range(told["first"], told["first"] + told["count"])
                await self._engine.put_many(numbers, told["due"])
            case "finished":
                return await self._engine.finished()
            case "work":
                self._work = asyncio.create_task(self._engine.work())
            case _:
                raise ValueError(do)
        return None

    @staticmethod
    def _say(**what: Any) -> None:
        print("=" + json.dumps(what), flush=True)


if __name__ == "__main__":
    if sys.platform == "win32":
        asyncio.run(main(*sys.argv[1:]))
    else:
        # As each of the engines that have a loop of their own recommends, and as the product runs.
        from uvloop import new_event_loop

        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(main(*sys.argv[1:]))
