"""The scribe on a database: kills lose what is not written, the database fails before and after its commits, and what
is recorded stays true."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from rallypoint.adapters.db import Database
from rallypoint.features.presence import rules
from rallypoint.features.presence.bot import scribe
from rallypoint.features.presence.bot.scribe import Scribe
from rallypoint.features.presence.model import VoiceCheck, VoiceStay
from rallypoint.features.presence.service import checking
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

PATIENCE = 20
GUILD = GuildId(1)
BOT = UserId(103)
USERS = st.sampled_from([UserId(number) for number in range(100, 104)])
CHANNELS = st.sampled_from([None, ChannelId(10), ChannelId(11)])


class Flaky:
    """Sessions of a database whose next transactions fail: before their commit, or just after it."""

    def __init__(self, sessions):
        self.sessions = sessions
        self.failures = []
        self.kw = sessions.kw | {"bind": FlakyEngine(self, sessions.kw["bind"])}

    @asynccontextmanager
    async def begin(self):
        async with self.failing(), self.sessions.begin() as session:
            yield session
            self.fail("before")

    @asynccontextmanager
    async def failing(self):
        self.failure = self.failures.pop(0) if self.failures else None
        yield
        self.fail("after")

    def fail(self, when):
        if self.failure == when:
            raise OperationalError("COMMIT", {}, ConnectionError("the server went away"))


class FlakyEngine:
    """For what is written in one trip."""

    def __init__(self, flaky, engine):
        self.flaky = flaky
        self.lender = engine.sync_engine.pool
        self.dialect = engine.dialect
        self.sync_engine = self.pool = self.dbapi_connection = self

    def lend(self):
        self.entry = self.lender.lend()
        return self

    async def carry_out(self, work):
        async with self.flaky.failing():
            self.flaky.fail("before")
            return await self.entry.dbapi_connection.carry_out(work)

    async def take_back(self, _):
        await self.lender.take_back(self.entry)


class ScribeMachine(RuleBasedStateMachine):
    template: Any = None
    folder: Any = None

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = StoppedClock()
        path = self.folder / f"{id(self)}.db"
        shutil.copyfile(self.template, path)
        self.truth = {}
        self.blind = False
        self.database = self.runner.run(Database.open(f"sqlite:///{path}"))
        self.sessions = Flaky(self.database.sessions)
        self.begin_anew()

    def begin_anew(self):
        self.scribe = Scribe(cast(Any, self.sessions), self.clock, pause=0)
        self.runner.run(self._load())
        self.scribe.take(rules.Identified(self.clock.now(), frozenset({GUILD})))
        self.look()

    async def _load(self):
        """As `start`, without the task: this machine says when it writes."""
        await self.scribe.start()
        task: Any = self.scribe._task
        task.cancel()
        await asyncio.wait({task})

    def look(self):
        states = tuple(self.state(user) for user in self.truth)
        self.scribe.take(rules.Snapshot(GUILD, self.clock.now(), states))
        self.blind = False

    def state(self, user):
        channel, flags = self.truth.get(user, (None, 0))
        return rules.VoiceState(GUILD, user, channel, user == BOT, self.clock.now(), flags)

    @rule(user=USERS, channel=CHANNELS, muted=st.booleans(), seconds=st.integers(0, 60))
    def happen(self, user, channel, muted, seconds):
        self.clock.advance(timedelta(seconds=seconds))
        if channel is None:
            self.truth.pop(user, None)
        else:
            self.truth[user] = (channel, rules.SELF_MUTE * muted)
        if not self.blind:
            self.scribe.take(self.state(user))

    @rule(paused=st.booleans())
    def lose_sight(self, paused):
        at = self.clock.now()
        self.scribe.take(rules.Disconnected(at) if paused else rules.Outage(GUILD, at))
        self.blind = True

    @rule()
    def see_again(self):
        self.look()

    @rule(failures=st.lists(st.sampled_from(["before", "after"]), max_size=3))
    def write(self, failures):
        self.sessions.failures = failures
        self.runner.run(self.scribe.write())
        self.sessions.failures = []
        self.runner.run(self.everything_holds())

    @rule()
    def kill(self):
        """What was taken, and not written, is lost."""
        self.clock.advance(timedelta(seconds=30))
        self.begin_anew()

    @rule()
    def compare(self):
        if not self.blind:
            self.runner.run(self.scribe.check())
            self.runner.run(self.nothing_differed())

    async def nothing_differed(self):
        async with self.database.sessions() as session:
            check: Any = await session.get(VoiceCheck, 1)
        assert (check.differing, check.differed) == (0, 0), check.detail

    async def everything_holds(self):
        async with self.database.sessions() as session:
            rows = (await session.scalars(select(VoiceStay))).all()
            recorded = (await session.scalars(select(Outbox).order_by(Outbox.position))).all()
            stored = await checking.stored(session)
        present = {row.user_id: row.channel_id for row in rows if row.ended_at is None}
        seats: dict[Any, Any] = {}
        active: set[Any] = set()
        kinds = Counter(each.kind for each in recorded)
        for each in recorded:
            replay(each.kind, each.data, seats, active)
        assert seats == present
        assert active == {seat for user, seat in seats.items() if user != BOT}
        assert kinds["presence.joined"] == len(rows)
        assert kinds["presence.left"] == len(rows) - len(present)
        for row in rows:
            counted(row, row.ended_at or self.clock.now())
        believed = self.scribe.ledger.stays(GUILD)
        assert {user: stay.channel_id for user, stay in believed.items()} == present
        assert stored.get(GUILD, checking.Sum()) == checking.Sum.of(believed)
        if not self.blind:
            assert present == {user: seat for user, (seat, _) in self.truth.items()}

    def teardown(self):
        self.scribe.take(rules.Resumed(self.clock.now()))
        self.runner.run(self.scribe.write())
        self.runner.run(self.everything_holds())
        self.runner.run(self.database.close())
        self.runner.close()


def replay(kind, data, seats, active):
    match kind:
        case "presence.joined":
            assert data["user_id"] not in seats
            seats[data["user_id"]] = data["channel_id"]
        case "presence.left":
            assert seats.pop(data["user_id"]) == data["channel_id"]
        case "presence.activated":
            assert data["channel_id"] not in active
            active.add(data["channel_id"])
        case "presence.emptied":
            active.remove(data["channel_id"])
        case _:
            pass


def counted(row, until):
    whole = (until - row.started_at).total_seconds()
    assert 0 <= row.unseen_seconds <= whole
    for part in (row.muted_seconds, row.deafened_seconds, row.alone_seconds):
        assert 0 <= part <= whole - row.unseen_seconds + 1e-6


@pytest.mark.parametrize(
    ("examples", "steps"), [(12, 25), pytest.param(300, 60, marks=pytest.mark.chaos)]
)
@pytest.mark.timeout(900)
def test_what_is_recorded_is_true(sqlite_template, tmp_path, examples, steps):
    class Machine(ScribeMachine):
        template, folder = sqlite_template, tmp_path

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def some_turns():
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_flood_is_gathered_and_one_alone_waits_for_nobody(sessions, clock, monkeypatch):
    monkeypatch.setattr(scribe, "GATHER", 3600)
    for flood in (False, True):
        made = Scribe(sessions, clock)
        await made.start()
        members = [UserId(number) for number in range(1, 9 if flood else 2)]
        for user_id in members:
            made.take(rules.VoiceState(GUILD, user_id, ChannelId(10), False, clock.now()))
        await asyncio.wait_for(made.until_written(), PATIENCE)
        made.take(rules.VoiceState(GUILD, UserId(100), ChannelId(10), False, clock.now()))
        if flood:
            await some_turns()
            assert not made._written.is_set()
        else:
            await asyncio.wait_for(made.until_written(), PATIENCE)
        await made.stop()
        assert made._given == []
