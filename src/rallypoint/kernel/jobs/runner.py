"""The handlers that are at work here, and what came of those that ended."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import orjson
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.outlets import NOWHERE, Carrier
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.settings import FixedSettings, Settings

from .attempt import GRACE, Attempt, Ended
from .claims import Claim, Outcome
from .deadlines import Deadlines
from .kinds import Job, Work
from .rules import DONE, Again, Next, Try, after_failure, after_interruption, after_success
from .terms import Terms, Unreadable
from .timers import RunStatus
from .waiting import unbroken


class Runner:
    def __init__(
        self,
        jobs: Mapping[str, Job],
        sessions: async_sessionmaker[AsyncSession],
        *,
        clock: Clock,
        discord: Discord,
        folder: Path,
        carrier: Carrier = NOWHERE,
        settings: Settings | None = None,
        most: int,
        has_room: Callable[[], None] = lambda: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.ended: list[Outcome] = []
        self.has_ended = asyncio.Event()
        self.frees_lane = asyncio.Event()
        """One of those that ended holds a lane, and the next of it may be waiting."""
        self._jobs = jobs
        self._sessions = sessions
        self._clock = clock
        self._discord = discord
        self._folder = folder
        self._carrier = carrier
        self._settings = settings or FixedSettings()
        self._most = most
        self._has_room = has_room
        self._apart: Counter[str] = Counter()
        self._chance = chance
        self._running: set[Attempt] = set()
        self._deadlines = Deadlines(Attempt.time_out)
        self._freed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._running)

    @property
    def free(self) -> int:
        return self._most - (len(self._running) - self._apart.total())

    @property
    def full(self) -> set[str]:
        """The kinds that run apart, and of which enough do."""
        return {
            kind for kind, count in self._apart.items() if count >= (self._jobs[kind].apart or 0)
        }

    @property
    def alive(self) -> set[int]:
        """The ids of the timers that are being run, or whose outcome is not recorded yet."""
        running = {attempt.claim.id for attempt in self._running}
        return running | {outcome.claim.id for outcome in self.ended}

    @property
    def kinds(self) -> list[str]:
        """Of what is being run, each as often as it is. May be asked by another thread."""
        return [attempt.claim.kind for attempt in tuple(self._running)]

    async def until_free(self) -> None:
        while self.free <= 0:
            self._freed.clear()
            await self._freed.wait()

    async def until_idle(self) -> None:
        while self._running:
            self._freed.clear()
            await self._freed.wait()

    def begin(self, claims: Iterable[Claim], *, worker: str, now: datetime) -> None:
        for claim in claims:
            job = self._job(claim)
            attempt = Attempt(claim, job, worker=worker, started_at=now, on_end=self._end)
            self._running.add(attempt)
            if job.apart is not None:
                self._apart[claim.kind] += 1
            self._deadlines.add(attempt, job.timeout)
            attempt.begin(self._work(claim))

    def skip(self, claims: Iterable[Claim], *, worker: str, now: datetime) -> None:
        """Record that these were not run: they are too late for their schedules."""
        for claim in claims:
            trial = Try(0, claim.planned_at, now, now, terms_of(claim))
            outcome = Outcome(
                claim=claim,
                worker=worker,
                status=RunStatus.SKIPPED,
                started_at=now,
                finished_at=now,
                attempt=0,
                error=None,
                next=after_success(trial),
            )
            self.ended.append(outcome)
            self.has_ended.set()

    async def end_within(self, bound: timedelta) -> None:
        """What takes longer is interrupted; at once, if this is cancelled."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(bound.total_seconds()):
                    await self.until_idle()
        finally:
            for attempt in list(self._running):
                attempt.interrupt()
            await unbroken(self._until_given_up())

    async def _until_given_up(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * GRACE.total_seconds()):
                await self.until_idle()

    def _work(self, claim: Claim) -> Work:
        return Work(
            kind=claim.kind,
            args=claim.args,
            due_at=claim.planned_at,
            attempt=claim.attempts + 1,
            key=occurrence(claim),
            sessions=self._sessions,
            clock=self._clock,
            discord=self._discord,
            folder=self._folder,
            guild_id=None if claim.terms is None else claim.terms.get("guild"),
            carrier=self._carrier,
            settings=self._settings,
        )

    def _job(self, claim: Claim) -> Job:
        job, terms = self._jobs[claim.kind], terms_of(claim)
        return job if terms is None else terms.applied(job)

    def _end(self, attempt: Attempt, ended: Ended) -> None:
        self._running.discard(attempt)
        if attempt.job.apart is not None:
            self._leave_apart(attempt.claim.kind)
        self._deadlines.remove(attempt, attempt.job.timeout)
        self._freed.set()
        now = self._clock.now()
        outcome = Outcome(
            claim=attempt.claim,
            worker=attempt.worker,
            status=ended.status,
            started_at=attempt.started_at,
            finished_at=now,
            attempt=attempt.claim.attempts + 1,
            error=ended.error,
            next=self._next(attempt, ended, now),
        )
        self.ended.append(outcome)
        self.has_ended.set()
        if outcome.claim.lane is not None:
            self.frees_lane.set()

    def _leave_apart(self, kind: str) -> None:
        if kind in self.full:
            self._has_room()
        self._apart[kind] -= 1
        if not self._apart[kind]:
            del self._apart[kind]

    def _next(self, attempt: Attempt, ended: Ended, now: datetime) -> Next:
        claim = attempt.claim
        if ended.status is RunStatus.SUCCESS and claim.terms is None:
            return DONE
        terms = terms_of(claim)
        trial = Try(claim.attempts + 1, claim.planned_at, now, attempt.started_at, terms)
        if ended.status is RunStatus.SUCCESS:
            return after_success(trial)
        if ended.status is RunStatus.INTERRUPTED:
            # We ended it ourselves, in good order: that is not held against it.
            return Again(claim.due_at, claim.attempts)
        return after_failure(
            attempt.job,
            trial,
            final=ended.final,
            retry_in=ended.retry_in,
            chance=self._chance(),
        )

    def after_abandonment(self, claim: Claim, times: int) -> Next:
        """*claim* counts the attempt that was lost, which was the *times*th that was."""
        now = self._clock.now()
        if not is_supported(claim, self._jobs):
            return Again(now, claim.attempts - 1)
        trial = Try(claim.attempts, claim.planned_at, now, terms=terms_of(claim))
        return after_interruption(trial, times)


def terms_of(claim: Claim) -> Terms | None:
    return None if claim.terms is None else _terms(orjson.dumps(claim.terms))


@lru_cache(maxsize=2000)
def _terms(written: bytes) -> Terms:
    # What a schedule says is asked for some times in every turn, and to make sure of a cron's words takes long.
    return Terms.from_json(orjson.loads(written))


def is_supported(claim: Claim, jobs: Mapping[str, Job]) -> bool:
    return why_unsupported(claim, jobs) is None


def why_unsupported(claim: Claim, jobs: Mapping[str, Job]) -> str | None:
    """What of it a newer version must have written."""
    job = jobs.get(claim.kind)
    if job is None:
        return "this version of the program knows no such kind of job"
    try:
        if terms_of(claim) is not None and job.config is not None:
            job.config.model_validate(claim.args)
    except Unreadable as error:
        return str(error)
    except ValidationError as error:
        return f"its config does not fit this version of the program: {error.errors()[0]['msg']}"
    return None


def is_missed(claim: Claim, now: datetime) -> bool:
    """A retry is not, nor what was interrupted: it has been in time."""
    terms = terms_of(claim)
    if terms is None or claim.attempts or claim.due_at != claim.planned_at:
        return False
    return terms.is_missed(claim.planned_at, now)


def occurrence(claim: Claim) -> str:
    """A timer with a key may come again, which then is something else than a retry."""
    return f"{claim.key or claim.id}@{claim.planned_at.isoformat()}"
