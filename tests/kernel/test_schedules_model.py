"""Schedules against a model: whatever is done to them in whatever order, each turn is had once, and none is lost."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from rallypoint.adapters.db import Database
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.errors import CannotStart, Refused, Unavailable
from rallypoint.kernel.jobs import (
    Cron,
    Engine,
    Interval,
    Job,
    Misfire,
    Once,
    Run,
    Schedule,
    Timer,
    Work,
    Worker,
    rules,
    schedules,
)
from rallypoint.kernel.jobs.leases import Leases
from rallypoint.kernel.jobs.schedules import Changes, Wanted
from rallypoint.kernel.jobs.stores import store_for

from .schedules_model import MOST_ATTEMPTS, RETRY_IN, Expected

LOOK_AHEAD = timedelta(seconds=2)
BEGIN = datetime.fromisoformat("2030-03-30T12:00+00:00")
"""The night after it the clocks change."""

RECURRENCES = st.one_of(
    st.integers(30, 7200).map(lambda seconds: Interval(timedelta(seconds=seconds))),
    st.sampled_from(["*/5 * * * *", "0 * * * *", "30 2 * * *"]).map(
        lambda expression: Cron(expression, "Europe/Berlin")
    ),
    # Around the day the machine begins with: passed, or still to come.
    st.integers(-3600, 200_000).map(lambda seconds: Once(BEGIN + timedelta(seconds=seconds))),
)


class Schedules(RuleBasedStateMachine):
    url = ""
    made = Bundle("made")

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.database, self.beside = self.runner.run(self._opened())
        self.clock = StoppedClock(BEGIN)
        self.expected: dict[int, Expected] = {}
        self.wanted: Counter[tuple[int, datetime, int]] = Counter()
        self.had: Counter[tuple[int, datetime, int]] = Counter()
        self.to_fail: Counter[int] = Counter()

    async def _opened(self) -> tuple[Database, Database]:
        database = await Database.open(self.url)
        async with database.sessions.begin() as session:
            for model in (Timer, Schedule, Run, Worker):
                await session.execute(delete(model))
        return database, await Database.open(self.url)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.runner.run(self.database.close())
            self.runner.run(self.beside.close())
            self.runner.close()

    async def handle(self, work: Work) -> None:
        which = int(work.key.split(":")[1].split("@")[0])
        self.had[which, work.due_at, work.attempt] += 1
        if self.to_fail[which]:
            self.to_fail[which] -= 1
            raise Unavailable("not now", retry_in=RETRY_IN)

    def call(self, use: Any, *args: Any, **more: Any) -> Any:
        async def work() -> Any:
            async with self.database.sessions.begin() as session:
                return await use(session, *args, **more)

        return self.runner.run(work())

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def kinds(self) -> dict[str, Job]:
        return {"test.sweep": Job(handler=self.handle, attempts=MOST_ATTEMPTS, words="sweeps")}

    @rule(target=made, recurrence=RECURRENCES, misfire=st.sampled_from(Misfire))
    def create(self, recurrence: Interval | Cron | Once, misfire: Misfire) -> int:
        expected = Expected(recurrence, self.now, misfire)
        wanted = Wanted(name="s", kind="test.sweep", recurrence=recurrence, misfire=misfire)
        if expected.first(self.now) is None:
            with pytest.raises(Refused):
                self.call(schedules.create, self.kinds, wanted, by=None, now=self.now)
            return 0
        row: Schedule = self.call(schedules.create, self.kinds, wanted, by=None, now=self.now)
        expected.go_by(recurrence, self.now)
        self.expected[row.id] = expected
        return row.id

    @rule(which=made, recurrence=RECURRENCES)
    def edit(self, which: int, recurrence: Interval | Cron | Once) -> None:
        if which not in self.expected:
            return
        changes = Changes(recurrence=recurrence)
        # A Cron or an Once has no anchor, so what comes first does not depend on when it was made.
        if isinstance(recurrence, Once) and recurrence.next_after(self.now) is None:
            with pytest.raises(Refused):
                self.call(schedules.edit, self.kinds, which, changes, now=self.now)
            return
        self.call(schedules.edit, self.kinds, which, changes, now=self.now)
        self.expected[which].go_by(recurrence, self.now)

    @rule(which=made)
    def pause(self, which: int) -> None:
        if expected := self.expected.get(which):
            self.call(schedules.pause, which, now=self.now)
            expected.pause()

    @rule(which=made)
    def resume(self, which: int) -> None:
        if not (expected := self.expected.get(which)):
            return
        goes_on = expected.active and expected.says is not None
        if not goes_on and expected.first(self.now) is None:
            with pytest.raises(Refused):
                self.call(schedules.resume, which, now=self.now)
            return
        self.call(schedules.resume, which, now=self.now)
        expected.resume(self.now)

    @rule(which=made)
    def run_now(self, which: int) -> None:
        if expected := self.expected.get(which):
            self.call(schedules.run_now, which, now=self.now)
            expected.run_now(self.now)

    @rule(which=consumes(made))
    def remove(self, which: int) -> None:
        if which in self.expected:
            self.call(schedules.remove, which)
            del self.expected[which]

    @rule(which=made, times=st.integers(1, 4))
    def fail(self, which: int, times: int) -> None:
        """So many of its next attempts."""
        if expected := self.expected.get(which):
            expected.fails = self.to_fail[which] = times

    @rule(seconds=st.integers(1, 90_000))
    def advance(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @rule(seconds=st.integers(1, 7200))
    def step_back(self, seconds: int) -> None:
        self.clock.advance(-timedelta(seconds=seconds))

    @rule(most=st.integers(1, 3), starts=st.booleans())
    def crash(self, most: int, starts: bool) -> None:
        """A worker takes some of what is due, or is about to be, may begin it, and is killed."""
        for which in self.runner.run(self._crash(most, starts)):
            if which in self.expected:
                self.expected[which].abandon()

    async def _crash(self, most: int, starts: bool) -> list[int]:
        store = store_for(self.database.sessions)
        await Leases(store).take()
        claims, _ = await store.claim(until=self.now + LOOK_AHEAD, limit=most, without=())
        assert all(self.expected[claim.schedule_id or 0].at == claim.due_at for claim in claims)
        begun = [
            claim
            for claim in claims
            if claim.due_at <= self.now
            and not self.expected[claim.schedule_id or 0].is_missed(self.now)
        ]
        started = await store.start(begun, now=self.now) if starts and begun else ()
        async with self.database.sessions.begin() as session:
            await session.execute(delete(Worker).where(Worker.id == store.worker))
        return [claim.schedule_id or 0 for claim in begun if claim.id in started]

    @rule()
    def work(self) -> None:
        self._works([self.database])

    @rule()
    def work_with_a_second_engine(self) -> None:
        """On SQLite it is refused, and the first does it all."""
        self._works([self.database, self.beside])

    def _works(self, databases: list[Database]) -> None:
        self.runner.run(self._drain(databases))
        for which, expected in self.expected.items():
            for planned, attempt in expected.work(self.now):
                self.wanted[which, planned, attempt] += 1

        assert self.had == self.wanted
        assert self.call(_left_over) == []

    async def _drain(self, databases: list[Database]) -> None:
        engines = [
            Engine(
                each.sessions, self.kinds, clock=self.clock, discord=cast(Any, None), builtins=None
            )
            for each in databases
        ]
        if self.database.dialect == "sqlite":
            await engines[0].reserve()
            for second in engines[1:]:
                with pytest.raises(CannotStart, match=f"process {os.getpid()};"):
                    await second.drain()
            await engines[0].drain()
        else:
            await asyncio.gather(*(engine.drain() for engine in engines))

    @invariant()
    def each_has_the_timer_it_says(self) -> None:
        if not hasattr(self, "database"):
            return
        rows = self.call(_rows)

        assert {key: (due, said) for key, due, said in rows} == {
            key: (each.at, each.says) for key, each in self.expected.items()
        }


async def _rows(session: Any) -> list[Any]:
    due = select(Schedule.id, Timer.due_at, Schedule.next_run_at).outerjoin(
        Timer, Timer.schedule_id == Schedule.id
    )
    return list(await session.execute(due))


async def _left_over(session: Any) -> list[int]:
    """Timers of schedules that were removed."""
    there = select(Schedule.id)
    return list(await session.scalars(select(Timer.id).where(Timer.schedule_id.not_in(there))))


@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        pytest.param(6, 15, id="a few", marks=pytest.mark.timeout(120)),
        pytest.param(200, 40, id="thousands", marks=[pytest.mark.chaos, pytest.mark.timeout(1800)]),
    ],
)
def test_each_turn_is_had_once_whatever_is_done(database_url, examples, steps, monkeypatch):
    # The pauses between a process's deaths, and that there is a last one, are looked at in test_leases.
    monkeypatch.setattr(rules, "AT_ONCE", 1000)
    monkeypatch.setattr(rules, "MOST_INTERRUPTIONS", 1000)
    Schedules.url = database_url
    run_state_machine_as_test(
        Schedules,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
