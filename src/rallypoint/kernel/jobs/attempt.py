"""One handler at work: it ends by itself, or its time does."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from rallypoint.kernel.db import is_outage, storable
from rallypoint.kernel.errors import RallypointError, Refused, Unavailable
from rallypoint.kernel.secrecy import SECRECY

from .claims import Claim
from .kinds import Job, Work
from .timers import RunStatus

GRACE = timedelta(seconds=2)
"""How long a handler may take to end once it is cancelled."""
MOST_ERROR = 8000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ended:
    status: RunStatus
    error: str | None = None
    final: bool = False
    retry_in: timedelta | None = None


class Attempt:
    """Ends exactly once. A handler that goes on although it was cancelled is given up on, so that it blocks nothing."""

    __slots__ = (
        "_ended",
        "_on_end",
        "_stopped_as",
        "_task",
        "claim",
        "job",
        "started_at",
        "worker",
    )

    def __init__(
        self,
        claim: Claim,
        job: Job,
        *,
        worker: str,
        started_at: datetime,
        on_end: Callable[[Attempt, Ended], None],
    ) -> None:
        self.claim = claim
        self.job = job
        self.worker = worker
        self.started_at = started_at
        self._on_end = on_end
        self._ended = False
        self._stopped_as: Ended | None = None

    def begin(self, work: Work) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(work), name=work.key)

    def interrupt(self) -> None:
        """Cancelled because the program ends."""
        self._stop(Ended(RunStatus.INTERRUPTED, "the program was ended"))

    async def _run(self, work: Work) -> None:
        try:
            await self.job.handler(work)
        except asyncio.CancelledError as error:
            self._end(self._cancelled(error, work))
        except Exception as error:
            if self._stopped_as is None and is_defect(error):
                _report(error, work)
            self._end(self._stopped_as or failure(error))
        else:
            self._end(self._stopped_as or Ended(RunStatus.SUCCESS))

    def _cancelled(self, error: asyncio.CancelledError, work: Work) -> Ended:
        if self._stopped_as is None:
            _report(error, work)
            return Ended(RunStatus.FAILED, describe(error))
        if self._stopped_as.status is not RunStatus.TIMED_OUT:
            return self._stopped_as
        late = TimeoutError(self._stopped_as.error).with_traceback(error.__traceback__)
        _report(late, work)
        # With what it was at.
        return replace(self._stopped_as, error=describe(late))

    def time_out(self) -> None:
        seconds = self.job.timeout.total_seconds()
        self._stop(Ended(RunStatus.TIMED_OUT, f"was not done after {seconds:g} s"))

    def _stop(self, ended: Ended) -> None:
        self._stopped_as = ended
        self._task.get_loop().call_later(GRACE.total_seconds(), self._give_up, ended)
        self._task.cancel()

    def _give_up(self, ended: Ended) -> None:
        if self._ended:
            return
        log.error(
            "a job goes on although it was cancelled", kind=self.claim.kind, key=self.claim.key
        )
        self._end(Ended(ended.status, f"{ended.error}, and goes on although it was cancelled"))

    def _end(self, ended: Ended) -> None:
        if not self._ended:
            self._ended = True
            self._on_end(self, ended)


def failure(error: Exception) -> Ended:
    match error:
        case Refused():
            return Ended(RunStatus.FAILED, describe(error), final=True)
        case Unavailable(retry_in=retry_in):
            return Ended(RunStatus.FAILED, describe(error), retry_in=retry_in)
        case _:
            return Ended(RunStatus.FAILED, describe(error))


def is_defect(error: Exception) -> bool:
    """Of ours: nobody said no, and nothing outside is away."""
    return not isinstance(error, RallypointError) and not is_outage(error)


def _report(error: BaseException, work: Work) -> None:
    ids = {name: each for name, each in work.args.items() if name.endswith("_id")}
    if work.guild_id is not None:
        ids["guild_id"] = work.guild_id
    log.error(
        "a job failed",
        job=work.kind,
        operation=work.key,
        attempt=work.attempt,
        exc_info=error,
        **ids,
    )


def describe(error: BaseException) -> str:
    """The trace, its middle left out when it is long: the first lines say where it began, the last what it was."""
    text = SECRECY.hide(storable("".join(traceback.format_exception(error))))
    if len(text) <= MOST_ERROR:
        return text
    half = MOST_ERROR // 2
    return f"{text[:half]}\n…\n{text[-half:]}"
