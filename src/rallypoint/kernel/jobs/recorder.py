from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from .claims import Outcome
from .rules import Again
from .runner import Runner
from .store import Store
from .waiting import is_set, unbroken

BATCH = 500
GATHER = timedelta(seconds=0.05)
"""How long outcomes wait for more while timers are late for their start: these go first, unless a lane is held up."""
LOCKED_RETRY = timedelta(seconds=0.05)

log = structlog.get_logger()


class Recorder:
    """Writes what came of the attempts, many in one transaction. What cannot be written stays until it can."""

    def __init__(
        self,
        store: Store,
        runner: Runner,
        wake: Callable[[datetime | None], None],
        is_late: Callable[[], bool],
    ) -> None:
        self._store = store
        self._runner = runner
        self._wake = wake
        self._is_late = is_late

    async def step(self) -> None:
        await self._runner.has_ended.wait()
        if self._is_late():
            await is_set(self._runner.frees_lane, within=GATHER.total_seconds())
        while not await unbroken(self._record()) and len(self._runner.ended) >= BATCH:
            pass

    async def flush(self) -> None:
        while self._runner.ended:
            if await self._record():
                await asyncio.sleep(LOCKED_RETRY.total_seconds())

    async def _record(self) -> int:
        """How many of a batch could not be written because somebody holds a lock on them: they are tried again."""
        ended, worker = self._runner.ended, self._store.worker
        batch = ended[:BATCH]
        plain = [o for o in batch if o.is_plain and o.worker == worker]
        written = await self._store.finish(plain) if plain else set()
        left = [o for o in batch if o.claim.id not in written or o.worker != worker]
        # Off the list before the others are tried: should that fail, these must not be written again.
        ended[: len(batch)] = left
        locked = await self._record_rest(left) if left else []
        del ended[: len(left)]
        if not ended:
            self._runner.has_ended.clear()
            self._runner.frees_lane.clear()
        ended.extend(locked)
        if locked:
            loop = asyncio.get_running_loop()
            loop.call_later(LOCKED_RETRY.total_seconds(), self._runner.has_ended.set)
        self._wake_after(batch)
        return len(locked)

    async def _record_rest(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Those that are ours but locked."""
        ours = [outcome for outcome in outcomes if outcome.worker == self._store.worker]
        written = await self._store.record(ours) if ours else set()
        missing = [o for o in ours if o.claim.id not in written]
        held = await self._store.held([o.claim for o in missing]) if missing else set()
        for outcome in outcomes:
            if outcome not in ours or outcome.claim.id not in written | held:
                _report_lost(outcome)
        return [outcome for outcome in missing if outcome.claim.id in held]

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
