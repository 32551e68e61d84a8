"""Sees from a thread of its own that the event loop stands still, and says where.

It asks the loop for an answer, again and again, and counts how long one is owed. By the monotonic clock, so a step of
the wall clock is nothing to it. A process that was stopped (SIGSTOP, a debugger) owes nothing for that time: then this
thread stood still as well, and no processor was used. A call that keeps the interpreter to itself keeps this thread
from looking, too; it is told from a stopped process by the processor it used, and reported when it lets go.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

LOOK = 0.25
"""Seconds between two looks."""
BLOCKED = timedelta(seconds=1)
LONGEST_LOOK = 2 * LOOK
"""Seconds: between two looks that are further apart this process was stopped, or the interpreter not given to us."""
MOST_STACK = 8000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lasting:
    """What is done about a block that lasts: *then* is called, once, by the watchdog's thread."""

    bound: timedelta
    then: Callable[[timedelta], None]


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    processor: float

    @classmethod
    def now(cls) -> _Moment:
        return cls(time.monotonic(), time.process_time())

    def since(self, before: _Moment) -> float:
        """Seconds; of a time longer than any look only as many as the processor was ours."""
        passed = self.at - before.at
        if passed <= LONGEST_LOOK:
            return passed
        return min(passed, max(LOOK, self.processor - before.processor))


class Watchdog:
    """*at_work* names what the loop is being used for; it is called by another thread while the loop is blocked."""

    blocks: int = 0
    longest: timedelta = timedelta(0)

    def __init__(
        self,
        at_work: Callable[[], Sequence[str]] = lambda: (),
        *,
        bound: timedelta = BLOCKED,
        lasting: Lasting | None = None,
    ) -> None:
        self._at_work = at_work
        self._bound = bound.total_seconds()
        self._lasting = lasting
        self._ended = threading.Event()
        self._answer: _Moment | None = None

    async def run(self) -> None:
        """Until cancelled: then its thread is gone as well."""
        self._ended.clear()
        watched = asyncio.get_running_loop(), threading.get_ident()
        thread = threading.Thread(target=self._watch, args=watched, name="watchdog", daemon=True)
        thread.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._ended.set()
            thread.join()

    def _watch(self, loop: asyncio.AbstractEventLoop, ident: int) -> None:
        asked = before = self._ask(loop)
        owed, told, done = 0.0, False, False
        while not self._ended.wait(LOOK):
            now = _Moment.now()
            owed, before = owed + now.since(before), now
            answer = self._answer
            if answer is not None:
                if not told and answer.since(asked) >= self._bound:
                    self._tell(loop, None, answer.since(asked))
                    told = True
                if told:
                    self._note_end(owed)
                asked = before = self._ask(loop)
                owed, told, done = 0.0, False, False
                continue
            if owed >= self._bound and not told:
                self._tell(loop, ident, owed)
                told = True
            if self._lasting and owed >= self._lasting.bound.total_seconds() and not done:
                done = True
                self._lasting.then(timedelta(seconds=owed))

    def _ask(self, loop: asyncio.AbstractEventLoop) -> _Moment:
        self._answer = None
        loop.call_soon_threadsafe(self._take_answer)
        return _Moment.now()

    def _take_answer(self) -> None:
        self._answer = _Moment.now()

    def _tell(self, loop: asyncio.AbstractEventLoop, ident: int | None, owed: float) -> None:
        frame = None if ident is None else sys._current_frames().get(ident)
        task = None if ident is None else asyncio.current_task(loop)
        self.blocks += 1
        log.error(
            "The event loop is blocked: all else in this process waits",
            seconds=round(owed, 2),
            running=sorted(set(self._at_work())),
            task=task.get_name() if task else None,
            stack="".join(traceback.format_stack(frame))[-MOST_STACK:] if frame else None,
        )

    def _note_end(self, owed: float) -> None:
        self.longest = max(self.longest, timedelta(seconds=owed))
        log.warning("The event loop moves again", seconds=round(owed, 2), blocks=self.blocks)


def begin_anew(blocked: timedelta) -> None:
    """Replace this process by a new one of the same command, under the same id.

    What was running here is cut off, and another worker takes it over: our lease ran out while we were blocked.
    """
    log.critical("This process begins anew, for it was blocked", seconds=blocked.total_seconds())
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # ourselves, as we were called
