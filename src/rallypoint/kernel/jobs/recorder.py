from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from .claims import Outcome
from .rules import Again
from .runner import Runner
from .store import Store
from .waiting import unbroken

BATCH = 500
LOCKED_RETRY = timedelta(seconds=0.05)

log = structlog.get_logger()


class Recorder:
    """Writes what came of the attempts, many in one transaction. What cannot be written stays until it can."""

    def __init__(
        self, store: Store, runner: Runner, wake: Callable[[datetime | None], None]
    ) -> None:
        self._store = store
        self._runner = runner
        self._wake = wake

    async def step(self) -> None:
        await self._runner.has_ended.wait()
        await unbroken(self._record())

    async def flush(self) -> None:
        while self._runner.ended:
            if await self._record():
                await asyncio.sleep(LOCKED_RETRY.total_seconds())

    async def _record(self) -> int:
        """How many of a batch could not be written because somebody holds a lock on them: they are tried again."""
        batch = self._runner.ended[:BATCH]
        written, locked = await self._write(
            [outcome for outcome in batch if outcome.worker == self._store.worker]
        )
        del self._runner.ended[: len(batch)]
        if not self._runner.ended:
            self._runner.has_ended.clear()
        self._runner.ended.extend(locked)
        if locked:
            loop = asyncio.get_running_loop()
            loop.call_later(LOCKED_RETRY.total_seconds(), self._runner.has_ended.set)
        for outcome in batch:
            if outcome.claim.id not in written and outcome not in locked:
                _report_lost(outcome)
        self._wake_after(batch)
        return len(locked)

    async def _write(self, outcomes: Sequence[Outcome]) -> tuple[set[int], list[Outcome]]:
        """The ids of those written, and those that are ours but locked."""
        if not outcomes:
            return set(), []
        written = await self._store.record(outcomes)
        missing = [outcome for outcome in outcomes if outcome.claim.id not in written]
        if not missing:
            return written, []
        held = await self._store.held([outcome.claim for outcome in missing])
        return written, [outcome for outcome in missing if outcome.claim.id in held]

    def _wake_after(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome.next, Again):
                self._wake(outcome.next.due_at)
        if any(o.claim.lane is not None or o.claim.key is not None for o in outcomes):
            # The next of its lane may go; or it was scheduled again while it ran.
            self._wake(None)


def _report_lost(outcome: Outcome) -> None:
    claim = outcome.claim
    log.warning(
        "the timer was cancelled or is another worker's: its outcome is not recorded",
        kind=claim.kind,
        key=claim.key,
        status=outcome.status.value,
    )
