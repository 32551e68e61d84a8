"""Schedules against a model: whatever is done to them in whatever order, each turn is had once, and none is lost."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from rallypoint.adapters.db import Database
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.jobs import Cron, Engine, Interval, Job, Schedule, Timer, Work, schedules
from rallypoint.kernel.jobs.recurrence import first
from rallypoint.kernel.jobs.schedules import Changes, Wanted

RECURRENCES = st.one_of(
    st.integers(30, 7200).map(lambda seconds: Interval(timedelta(seconds=seconds))),
    st.sampled_from(["*/5 * * * *", "0 * * * *", "30 2 * * *"]).map(
        lambda expression: Cron(expression, "Europe/Berlin")
    ),
)


@dataclass
class Expected:
    recurrence: Interval | Cron
    created_at: datetime
    next_at: datetime | None
    active: bool = True

    def after(self, now: datetime) -> datetime:
        if isinstance(self.recurrence, Interval):
            return first(Interval(self.recurrence.every, self.created_at), now)
        return first(self.recurrence, now)


class Schedules(RuleBasedStateMachine):
    made = Bundle("made")

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "rallypoint.db"
        shutil.copyfile(TEMPLATE[0], path)
        self.database = self.runner.run(Database.open(f"sqlite:///{path}"))
        self.clock = StoppedClock(datetime.fromisoformat("2030-03-30T12:00+00:00"))
        self.expected: dict[int, Expected] = {}
        self.wanted: Counter[tuple[int, datetime]] = Counter()
        self.had: Counter[tuple[int, datetime]] = Counter()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.runner.run(self.database.close())
            self.runner.close()
            self.folder.cleanup()

    async def handle(self, work: Work) -> None:
        self.had[int(work.key.split(":")[1].split("@")[0]), work.due_at] += 1

    def call(self, use: Any, *args: Any, **more: Any) -> Any:
        async def work() -> Any:
            async with self.database.sessions.begin() as session:
                return await use(session, *args, **more)

        return self.runner.run(work())

    @property
    def kinds(self) -> dict[str, Job]:
        return {"test.sweep": Job(handler=self.handle, attempts=20)}

    @rule(target=made, recurrence=RECURRENCES)
    def create(self, recurrence: Interval | Cron) -> int:
        now = self.clock.now()
        wanted = Wanted(name="sweep", kind="test.sweep", recurrence=recurrence)
        row: Schedule = self.call(schedules.create, self.kinds, wanted, by=None, now=now)
        expected = Expected(recurrence, now, None)
        expected.next_at = expected.after(now)
        self.expected[row.id] = expected
        return row.id

    @rule(which=made, recurrence=RECURRENCES)
    def edit(self, which: int, recurrence: Interval | Cron) -> None:
        changes, expected = Changes(recurrence=recurrence), self.expected[which]
        self.call(schedules.edit, self.kinds, which, changes, now=self.clock.now())
        expected.recurrence = recurrence
        if expected.active:
            expected.next_at = expected.after(self.clock.now())

    @rule(which=made)
    def pause(self, which: int) -> None:
        self.call(schedules.pause, which, now=self.clock.now())
        self.expected[which].active, self.expected[which].next_at = False, None

    @rule(which=made)
    def resume(self, which: int) -> None:
        self.call(schedules.resume, which, now=self.clock.now())
        expected = self.expected[which]
        if not expected.active:
            expected.active, expected.next_at = True, expected.after(self.clock.now())

    @rule(which=made)
    def run_now(self, which: int) -> None:
        self.call(schedules.run_now, which, now=self.clock.now())
        self.expected[which].next_at = self.clock.now()

    @rule(seconds=st.integers(1, 90_000))
    def advance(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @rule()
    def work(self) -> None:
        now = self.clock.now()
        self.runner.run(self._drain())
        for schedule_id, expected in self.expected.items():
            if expected.next_at is not None and expected.next_at <= now:
                self.wanted[schedule_id, expected.next_at] += 1
                expected.next_at = expected.after(now) if expected.active else None
        assert self.had == self.wanted

    async def _drain(self) -> None:
        nobody = cast(Any, None)
        engine = Engine(self.database.sessions, self.kinds, clock=self.clock, discord=nobody)
        await engine.drain()

    @invariant()
    def each_has_the_timer_it_says(self) -> None:
        if not hasattr(self, "database"):
            return
        rows = self.call(_rows)

        assert {key: due for key, due, _ in rows} == {
            key: each.next_at for key, each in self.expected.items()
        }
        for key, due, said in rows:
            assert said == (due if self.expected[key].active else None)


async def _rows(session: Any) -> list[Any]:
    due = select(Schedule.id, Timer.due_at, Schedule.next_run_at).outerjoin(
        Timer, Timer.schedule_id == Schedule.id
    )
    return list(await session.execute(due))


TEMPLATE: list[Path] = []


@pytest.mark.timeout(120)
def test_each_turn_is_had_once_whatever_is_done(sqlite_template):
    TEMPLATE[:] = [sqlite_template]
    run_state_machine_as_test(
        Schedules,
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
