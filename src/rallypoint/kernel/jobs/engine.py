"""The engine: claims what will soon be due, starts it on time, and records what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.commits import listen
from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.outlets import NOWHERE, Carrier
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.settings import Settings

from .adoption import Parking
from .ahead import Ahead
from .builtins import Builtin, ensure, short_ones
from .claims import Claim, Claimed, Seen
from .kinds import Affinity, Job
from .leases import LEASE, Leases
from .recorder import LOCKED_RETRY, Recorder
from .runner import Runner, is_missed, is_supported
from .scheduling import TOPIC
from .stores import new_worker, store_for
from .waiting import end, first_of, is_done, unbroken

LOOK_AHEAD = timedelta(seconds=2)
BEAT = timedelta(seconds=1.5)
BEATS_A_CHECK = 20
"""Whether what the program brings along is as the code has it changes only when another version has been there."""
JUST_OVER = 0.05
"""Seconds."""
STOP_BOUND = timedelta(seconds=10)
MOST_AHEAD = 50_000
FAR = 1000

log = structlog.get_logger()


class Engine:
    """Runs *jobs* by *clock*. *affinities* says what this process may run right now; after a change call `wake`.

    *builtins* is None where another process looks after what the program itself has recur.
    """

    heartbeat_at: datetime | None = None
    """By the engine's clock: when its lease was renewed last. None: it is not at work."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        jobs: Mapping[str, Job],
        *,
        clock: Clock,
        discord: Discord,
        folder: Path = Path("data"),
        carrier: Carrier = NOWHERE,
        settings: Settings | None = None,
        builtins: Iterable[Builtin] | None = (),
        affinities: Callable[[], frozenset[Affinity]] = lambda: frozenset({Affinity.ANY}),
        concurrency: int = 100,
        lease: timedelta = LEASE,
        beat: timedelta = BEAT,
        stop_bound: timedelta = STOP_BOUND,
    ) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._builtins = [] if builtins is None else [*builtins, *short_ones(jobs)]
        self._clock = clock
        self._affinities = affinities
        self._asked = 0
        self._far = False
        self._beat = beat
        self._stop_bound = stop_bound
        self._runner = Runner(
            jobs,
            sessions,
            clock=clock,
            discord=discord,
            folder=folder,
            carrier=carrier,
            settings=settings,
            most=concurrency,
            has_room=self.wake,
        )
        self._store = store_for(sessions)
        self._leases = Leases(self._store, lease)
        self._recorder = Recorder(self._store, self._runner, self.wake, self._is_late)
        self._ahead = Ahead()
        self._parking = Parking(self._store, jobs)
        self._unsure = False
        self._beats = 0
        self._rest = beat.total_seconds()
        self._look_at: datetime | None = None
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._starting = asyncio.Lock()

    @property
    def claimed(self) -> int:
        """Timers that are held ready for their moment."""
        return len(self._ahead)

    @property
    def running(self) -> int:
        return len(self._runner)

    @property
    def at_work(self) -> list[str]:
        """The kinds of what is running. May be asked by another thread."""
        return self._runner.kinds

    def wake(self, due: datetime | None = None) -> None:
        """Look again: something is new, due at *due* if that is known."""
        if due is None or self._look_at is None or due - LOOK_AHEAD < self._look_at:
            self._wake.set()

    async def reserve(self) -> None:
        """Before anything is written at the start: be the only engine at a SQLite file, until `run` has ended.

        Raises CannotStart when another one is.
        """
        await self._store.open()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop` or cancellation: what runs then may end within a bound, what was not started is given back.

        Raises CannotStart when another engine is at the same SQLite file.
        """
        self._stopping.clear()
        async with self._at_work():
            unlisten = listen(self._sessions, TOPIC, self.wake)
            starting = self._loops(self._claim_step, self._hear_step, self._start_step)
            lasting = self._loops(self._beat_step, self._recorder.step)
            stop = asyncio.create_task(self._stopping.wait())
            try:
                every = [stop, *starting, *lasting]
                await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
            finally:
                unlisten()
                try:
                    await end([stop, *starting])
                finally:
                    try:
                        await self._runner.end_within(self._stop_bound)
                    finally:
                        await end(lasting)
            for task in (*starting, *lasting):
                if not task.cancelled():
                    task.result()

    async def drain(self) -> int:
        """Run what is due by the clock now, and what that makes due; how many attempts it were."""
        attempts = 0
        async with self._at_work():
            while (claimed := await self._claim(self._clock.now())).claims:
                attempts += sum(claim.begun for claim in claimed.claims)
                await self._settle()
                while self._ahead:
                    attempts += await self._start_due()
                    await self._settle()
        return attempts

    async def _settle(self) -> None:
        await self._runner.until_idle()
        await self._recorder.flush()

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        await self._store.open()
        try:
            while not await is_done(self._begin):
                self._store.worker = new_worker()
                await asyncio.sleep(1)
            try:
                yield
            finally:
                self.heartbeat_at = None
                self._ahead.clear()
                with suppress(*DatabaseErrors):
                    await unbroken(self._leave())
        finally:
            await unbroken(self._store.close())

    async def _begin(self) -> None:
        await self._leases.take()
        self.heartbeat_at = now = self._clock.now()
        await self._leases.take_over(self._runner.after_abandonment, now)
        await self._store.revive(self._jobs)
        await self._ensure_builtins(again=True)

    async def _leave(self) -> None:
        await self._recorder.flush()
        decide, running = self._runner.after_abandonment, self._runner.alive
        await self._leases.give_up(decide, self._clock.now(), running=running)

    def _loops(self, *steps: Callable[[], Awaitable[None]]) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self._keep(step)) for step in steps]

    async def _keep(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            if not await is_done(step):
                # What the database did last is not known: the next beat finds out.
                self._unsure = True
                await asyncio.sleep(1)

    async def _hear_step(self) -> None:
        self.wake(await self._store.arrivals())

    async def _claim_step(self) -> None:
        await self._until_room()
        self._wake.clear()
        self._look_at = None
        horizon = self._clock.now() + LOOK_AHEAD
        way = self._claim_far(horizon) if self._far else self._claim(horizon)
        claims, next_due = await unbroken(way)
        full = len(claims) == self._asked
        self._far = full and bool(claims) and claims[0].due_at > horizon - LOOK_AHEAD
        if full or self._wake.is_set():
            return
        if next_due is None:
            await self._wake.wait()
            return
        self._look_at = next_due - LOOK_AHEAD
        await first_of(self._wake.wait(), self._clock.wait_until(self._look_at))

    async def _until_room(self) -> None:
        while not self._has_room():
            self._taken.clear()
            await (self._taken.wait() if self._runner.free > 0 else self._runner.until_free())

    def _has_room(self) -> bool:
        """Nothing is claimed that could not be started now: another process may have a free hand."""
        return not self._is_late() and self._runner.free > 0 and len(self._ahead) < MOST_AHEAD

    def _is_late(self) -> bool:
        """Something that is held waits for its start although it is due."""
        due = self._ahead.next_due
        return due is not None and due <= self._clock.now()

    def _away(self) -> set[str]:
        """The kinds that this process has no business with just now."""
        able = self._affinities()
        away = {kind for kind, job in self._jobs.items() if job.affinity not in able}
        return away | self._runner.full

    async def _claim(self, until: datetime) -> Claimed:
        """As many as could be run. What is due already is started with the claim, the rest is held for its moment."""
        async with self._starting:
            now, away = self._clock.now(), self._away()
            self._asked = self._runner.free
            claimed = await self._store.claim(
                until=until,
                limit=self._asked,
                without=away,
                now=now,
                at_once=self._jobs.keys() - away,
            )
            begun = [claim for claim in claimed.claims if claim.begun]
            self._runner.begin(begun, worker=self._store.worker, now=now)
        await self._take_in([claim for claim in claimed.claims if not claim.begun])
        return claimed

    async def _claim_far(self, until: datetime) -> Claimed:
        """Many at once of what is not due yet: they take up no room but that in the memory."""
        self._asked = FAR
        claimed = await self._store.claim(until=until, limit=FAR, without=self._away())
        await self._take_in(claimed.claims)
        return claimed

    async def _take_in(self, claims: Sequence[Claim]) -> None:
        """What is not for this version goes back at once, so that another has it before it is due."""
        if unsupported := [claim for claim in claims if not is_supported(claim, self._jobs)]:
            await self._put_aside(unsupported)
            claims = [claim for claim in claims if claim not in unsupported]
        self._hold(claims)

    def _hold(self, claims: Sequence[Claim]) -> None:
        self._ahead.add(claims)
        self._changed.set()

    async def _start_step(self) -> None:
        self._changed.clear()
        due = self._ahead.next_due
        if due is None:
            await self._changed.wait()
        elif due > self._clock.now():
            await first_of(self._changed.wait(), self._clock.wait_until(due))
        else:
            await self._runner.until_free()
            async with self._starting:
                await unbroken(self._start_due())

    async def _start_due(self) -> int:
        now = self._clock.now()
        away = self._away()
        due = self._ahead.take_due(now, self._runner.free)
        self._taken.set()
        ready = [c for c in due if c.kind not in away and is_supported(c, self._jobs)]
        if len(ready) < len(due):
            await self._put_aside([claim for claim in due if claim not in ready])
        ready = self._without_missed(ready, now)
        if not ready:
            return 0
        started = await self._store.start(ready, now=now)
        begun = [claim for claim in ready if claim.id in started]
        self._runner.begin(begun, worker=self._store.worker, now=now)
        await self._keep_locked([claim for claim in ready if claim.id not in started])
        return len(begun)

    def _without_missed(self, claims: Sequence[Claim], now: datetime) -> list[Claim]:
        missed = [claim for claim in claims if is_missed(claim, now)]
        self._runner.skip(missed, worker=self._store.worker, now=now)
        return [claim for claim in claims if claim not in missed]

    async def _put_aside(self, claims: Sequence[Claim]) -> None:
        done = await self._parking.put_aside(claims)
        await self._keep_locked([claim for claim in claims if claim.id not in done])
        if any(claim.lane is not None for claim in claims):
            # The next of its lane may go.
            self.wake()

    async def _keep_locked(self, claims: Sequence[Claim]) -> None:
        """Those that are cancelled, moved or taken over are forgotten; one just locked may yet turn out as it was."""
        if not claims:
            return
        held = await self._store.held(claims)
        if locked := [claim for claim in claims if claim.id in held]:
            loop = asyncio.get_running_loop()
            loop.call_later(LOCKED_RETRY.total_seconds(), partial(self._hold, locked))

    async def _beat_step(self) -> None:
        await asyncio.sleep(self._rest)
        await unbroken(self._look_after())

    async def _look_after(self) -> None:
        seen = await self._leases.renew()
        if seen is None:
            await self._begin_anew()
            seen = Seen(abandoned=self._store.shared, parked=self._store.shared)
        self._rest = self._beat.total_seconds()
        if seen.next_end is not None:
            # What a worker was at that does not renew its lease has waited long enough when that is over.
            self._rest = min(self._rest, max(seen.next_end, 0.0) + JUST_OVER)
        last, now = self.heartbeat_at, self._clock.now()
        self.heartbeat_at = now
        if (seen.abandoned or self._unsure) and await self._take_over():
            self.wake()
        if seen.parked and self._has_room():
            kinds = self._jobs.keys() - self._away()
            await self._take_in(await self._parking.adopt(kinds, limit=self._runner.free))
        if back := self._ahead.take_after(now + 2 * LOOK_AHEAD):
            await self._put_aside(back)
        self._beats += 1
        went_back = last is None or now < last
        if went_back or self._beats % BEATS_A_CHECK == 0:
            await self._ensure_builtins(again=went_back)

    async def _begin_anew(self) -> None:
        """What we held is others' now; what is running here ends, but is not recorded."""
        log.error("the lease ran out: what was held is left to other workers")
        async with self._starting:
            self._drop_ahead()
            self._store.worker = new_worker()
            await self._leases.take()
        self.wake()

    def _drop_ahead(self) -> None:
        self._ahead.clear()
        self._taken.set()

    async def _take_over(self) -> int:
        decide, now = self._runner.after_abandonment, self._clock.now()
        if not self._unsure:
            return await self._leases.take_over(decide, now)
        async with self._starting:
            self._drop_ahead()
            freed = await self._leases.take_over(decide, now, alive=self._runner.alive)
        self._unsure = False
        return freed

    async def _ensure_builtins(self, *, again: bool) -> None:
        async with self._sessions.begin() as session:
            changed = await ensure(session, self._builtins, self._clock.now(), again=again)
        if changed:
            self.wake()
