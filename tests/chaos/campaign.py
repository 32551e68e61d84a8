"""Plans, drawn up by a seed and carried out; and the books: how many kills, where, and what came of them."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

from fakecord import Fakecord
from tests.adapters.delivery.between import Line, line_to
from tests.deliveries.receiver import receiving

from .lives import Midwife
from .plan import STEP, Kill, Plan
from .scenarios import BEFORE, MEANWHILE, SCENARIOS, Plays
from .stores import Store
from .truths import untrue
from .wishes import REDIS
from .world import PATIENCE, REHEARSAL, Record, World

OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]

AT_ONCE = 4
"""Runs: their programs wait for each other's Discord, for the database and for timers of their own."""
PAUSED = 0.2
"""The chance that a life sleeps for a while before it is killed."""
AGAIN = 0.85
"""The chance of another kill, in the next life."""
MOST_AGAIN = 10
WHILE_STARTING = 1500
"""Turns of the event loop: three times those of a start, so most are of what is made good after it."""
MOST_FAILURES = 3
FEW = 5
"""Labels: so many are named."""
PROGRESS_SECONDS = 10.0
A_RUN_WITHIN = 4 * PATIENCE
MEMORY = Path("/dev/shm")


@dataclass(slots=True)
class Books:
    seed: int
    began: float = field(default_factory=time.monotonic)
    runs: int = 0
    killed: Counter[Kill] = field(default_factory=Counter)
    pauses: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    """By the name of the truth."""
    failures: list[str] = field(default_factory=list)
    wanted: set[tuple[str, Kill]] = field(default_factory=set)
    """Of each scenario."""
    reached: set[tuple[str, Kill]] = field(default_factory=set)

    @property
    def kills(self) -> int:
        return self.killed.total()

    def enter(self, plan: Plan, record: Record, breaches: list[str]) -> None:
        self.runs += 1
        self.killed.update(record.killed)
        self.pauses += record.pauses
        self.reached.update((plan.scenario, kill) for kill in record.killed[:1])
        for breach in breaches:
            self.broken[breach.partition(":")[0]] += 1

    @property
    def labels(self) -> set[str]:
        return {kill.label for _, kill in self.wanted}

    @property
    def missed(self) -> set[str]:
        """Labels at which nobody was killed yet."""
        return self.labels - {kill.label for kill in self.killed}

    def __str__(self) -> str:
        seconds = time.monotonic() - self.began
        labels, missed = len(self.labels), sorted(self.missed)
        where = f" (not: {', '.join(missed)})" if 0 < len(missed) <= FEW else ""
        return (
            f"{self.kills} kills in {seconds:.0f} s, {self.kills / seconds:.1f} a second;"
            f" {self.pauses} pauses; {self.runs} runs;"
            f" {self.broken['no_orphan']} orphans, {self.broken['no_double']} doubles,"
            f" {len(self.failures)} failures; {labels - len(missed)} of {labels} labels{where},"
            f" {len(self.wanted & self.reached)} of {len(self.wanted)} points; seed {self.seed}"
        )


class Campaign:
    def __init__(
        self, midwife: Midwife, open_store: OpenStore, *, scenarios: Plays, seed: int
    ) -> None:
        self.books = Books(seed)
        self._scenarios = sorted(scenarios)
        self._midwife = midwife
        self._open_store = open_store
        self._dice = random.Random(seed)
        self._starts: list[str] = []
        """Labels that every life passes."""
        self._learnt: dict[str, Counter[str]] = {}

    async def run(self, plan: Plan) -> Record:
        """Carry out *plan*; what does not hold goes into the books."""
        breaches: list[str] = []
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            async with self._world(plan, Path(folder)) as world:
                try:
                    async with asyncio.timeout(A_RUN_WITHIN):
                        await _play(world)
                    # A zygote at rest has ended in good order, which nobody in the scenario knows of.
                    breaches = [] if plan.meanwhile == REHEARSAL else await untrue(world)
                except (AssertionError, TimeoutError) as error:
                    breaches = [f"{type(error).__name__}: {error}"]
                except BaseException as error:
                    error.add_note(str(plan))
                    raise
                finally:
                    await world.stops()
            if breaches:
                log = Path(folder) / "program.log"
                said = log.read_text()[-3000:] if log.exists() else ""
                words = "\n  ".join(breaches)
                self.books.failures.append(f"{plan}\n  {words}\n  {said}")
        self.books.enter(plan, world.record, breaches)
        return world.record

    @asynccontextmanager
    async def _world(self, plan: Plan, folder: Path) -> AsyncIterator[World]:
        async with (
            self._open_store(folder) as store,
            Fakecord() as fake,
            receiving() as receiver,
            _line_to_redis() as redis,
        ):
            world = World(fake, store, self._midwife, folder, plan, receiver, redis)
            try:
                yield world
            finally:
                await world.stops()

    async def rehearse(self) -> None:
        """The zygote lives each scenario once by itself."""
        for scenario in self._scenarios:
            await self.run(Plan(scenario, REHEARSAL))

    async def learn(self) -> None:
        """Each scenario once without a kill: where there is something to be killed, and how often."""

        seats = asyncio.Semaphore(AT_ONCE)

        async def one(scenario: str) -> None:
            async with seats:
                record = await self.run(Plan(scenario, "nothing"))
            self._learnt[scenario] = record.lives[0]

        await asyncio.gather(*map(one, self._scenarios))
        everywhere = [set(passed) for passed in self._learnt.values()]
        self._starts = sorted(set.intersection(*everywhere) - {STEP})
        self.books.wanted = {
            (scenario, Kill(label, number + 1))
            for scenario, passed in self._learnt.items()
            for label, count in passed.items()
            if label != STEP
            for number in range(count)
        }

    async def kill(self, least: int, *, thorough: bool, tell: Callable[[str], None]) -> None:
        """Until so many were killed, and *thorough* at every label."""
        plans = self._plans(thorough)
        told = time.monotonic()

        async def work() -> None:
            nonlocal told
            while len(self.books.failures) < MOST_FAILURES:
                if self.books.kills >= least and not (thorough and self.books.missed):
                    return
                known = len(self.books.failures)
                await self.run(next(plans))
                for failure in self.books.failures[known:]:
                    tell(failure)
                if time.monotonic() > told + PROGRESS_SECONDS:
                    told = time.monotonic()
                    tell(str(self.books))

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        tell(str(self.books))

    def _plans(self, thorough: bool) -> Iterator[Plan]:
        """Each label as soon as can be, then each of each scenario; then half of them are at any turn."""
        points = sorted(self.books.wanted)
        self._dice.shuffle(points)
        of_label = {kill.label: (scenario, kill) for scenario, kill in points}
        of_scenario = {(scenario, kill.label): (scenario, kill) for scenario, kill in points}
        first = sorted(of_label.values())
        self._dice.shuffle(first)
        for scenario, kill in first:
            yield self._plan(scenario, kill)
        again = [point for point in of_scenario.values() if point not in first] + points
        for number, (scenario, kill) in enumerate(cycle(again)):
            missed = sorted(self.books.missed) if thorough and number % 4 == 0 else []
            if missed:
                # Where it was once, on a busy machine, it need not be again.
                label = self._dice.choice(missed)
                yield self._plan(*self._dice.choice([at for at in points if at[1].label == label]))
            elif number % 2:
                scenario = self._dice.choice(sorted(self._learnt))
                kill = self._any_turn(self._learnt[scenario][STEP])
            yield self._plan(scenario, kill)

    def _plan(self, scenario: str, first: Kill) -> Plan:
        kills = [first]
        while len(kills) <= MOST_AGAIN and self._dice.random() < AGAIN:
            kills.append(self._while_starting(scenario))
        stops = list(self._with_pauses(scenario, kills))
        return Plan(scenario, self._dice.choice(sorted(MEANWHILE)), tuple(stops))

    def _with_pauses(self, scenario: str, kills: Iterable[Kill]) -> Iterator[Kill]:
        most = min(self._learnt[scenario][STEP], WHILE_STARTING)
        for kill in kills:
            if self._dice.random() < PAUSED:
                before = kill.number - 1 if kill.label == STEP else most
                yield replace(self._any_turn(max(before, 1)), pauses=True)
            yield kill

    def _while_starting(self, scenario: str) -> Kill:
        if self._dice.random() < 0.5:
            return Kill(self._dice.choice(self._starts), 1)
        return self._any_turn(min(self._learnt[scenario][STEP], WHILE_STARTING))

    def _any_turn(self, most: int) -> Kill:
        return Kill(STEP, self._dice.randint(1, most))


@asynccontextmanager
async def _line_to_redis() -> AsyncIterator[Line | None]:
    server = urlsplit(os.environ.get(REDIS, ""))
    if server.hostname is None or server.port is None:
        yield None
        return
    async with line_to(server.hostname, server.port) as line:
        yield line


async def _play(world: World) -> None:
    world.meanwhile = MEANWHILE.get(world.plan.meanwhile)
    if (before := BEFORE.get(world.plan.scenario)) is not None:
        before(world)
    await world.begins()
    await SCENARIOS[world.plan.scenario](world)
    await world.ends()
    await world.stops()
