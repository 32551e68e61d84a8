"""Whatever people do, and whatever goes wrong: no room with somebody in it is deleted, no empty one outlives its time
by more than a minute once things go well, nothing that is not ours is touched, and the ledger is what its events say.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fakecord import Fakecord, Fault

from .lives import Midwife
from .plan import Plan
from .truths import nobody_thrown_out, stays_are_true, untrue
from .world import MINUTE, World

CREATE = ("POST", "/guilds/{guild_id}/channels")
DELETE = ("DELETE", "/channels/{channel_id}")
EMPTY_AFTER = 5 * MINUTE

people = st.sampled_from(["alice", "bob"])


class Town(RuleBasedStateMachine):
    """People who live with rooms, in a guild whose bot is killed, blinded and refused."""

    runner: Any = None
    midwife: Any = None
    open_store: Any = None
    folder: Any = None
    _numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self._open = AsyncExitStack()
        self._furthest = 0.0
        """The clock, before it was set back."""

    def does(self, what: Any) -> Any:
        return self.runner.run(what)

    @initialize()
    def begin(self) -> None:
        self.does(self._begin())

    async def _begin(self) -> None:
        folder = Path(self.folder) / str(next(self._numbers))
        folder.mkdir()
        store = await self._open.enter_async_context(self.open_store(folder))
        fake = await self._open.enter_async_context(Fakecord())
        self.world = World(fake, store, self.midwife, folder, Plan("by hand", "nothing"))
        self._open.push_async_callback(self.world.stops)
        await self.world.begins()

    @property
    def _is_out(self) -> bool:
        return self.world.guild.state.guild.unavailable

    def _settles(self) -> None:
        """Nothing about rooms is known while the guild is not, nor of what was refused."""
        self.does(self.world.settles())
        self._throws_nobody_out()

    def _throws_nobody_out(self) -> None:
        """At once, for who is thrown out may sit elsewhere a moment later."""
        assert self.does(_all(nobody_thrown_out(self.world))) == []

    @precondition(lambda self: not self._is_out)
    @rule(who=people, name=st.sampled_from(["Raid night", "Chess"]))
    def ask(self, who: str, name: str) -> None:
        self.does(self.world.asks(getattr(self.world, who), "/room public", name=name))
        self._settles()

    @rule(who=people, number=st.integers(0, 3), also_mutes=st.booleans())
    def join_or_move(self, who: str, number: int, also_mutes: bool) -> None:
        member, rooms = getattr(self.world, who), self.world.rooms
        if rooms:
            self.does(self.world.joins(member, rooms[number % len(rooms)]))
        if also_mutes and member.voice is not None:
            self.does(member.mutes())
        self._settles()

    @rule(who=people)
    def leave(self, who: str) -> None:
        self.does(self.world.leaves(getattr(self.world, who)))
        self._settles()

    @rule()
    def swap(self) -> None:
        """At once, for all that the program can tell."""
        for who, room in zip(("alice", "bob"), reversed(self.world.rooms), strict=False):
            self.does(self.world.joins(getattr(self.world, who), room))
        self._settles()

    @rule(number=st.integers(0, 3))
    def delete_by_hand(self, number: int) -> None:
        if rooms := self.world.rooms:
            self.does(self.world.deletes(rooms[number % len(rooms)]))
        self._settles()

    @rule(seconds=st.sampled_from([1, 60, EMPTY_AFTER - 1, EMPTY_AFTER, EMPTY_AFTER + 1, 7200]))
    def time_goes_by(self, seconds: float) -> None:
        self.does(self.world.passes(seconds))
        self._throws_nobody_out()

    @rule(seconds=st.sampled_from([1, 60, EMPTY_AFTER]))
    def the_clock_steps_back(self, seconds: float) -> None:
        self._furthest = max(self._furthest, self.world.fake.clock.now())
        self.does(self.world.passes(-seconds))

    @rule()
    def the_guild_goes_out_or_comes_back(self) -> None:
        self.does(self.world.guild.outage(not self._is_out))
        self._settles()

    @rule(resumes=st.booleans(), who=people, leaves=st.booleans())
    def the_line_is_cut(self, resumes: bool, who: str, leaves: bool) -> None:
        """And somebody moves before there is a new one."""
        gateway = self.world.fake.gateway
        before = gateway.identifies
        self.does(gateway.drop() if resumes else gateway.invalidate())
        member = getattr(self.world, who)
        if leaves:
            self.does(self.world.leaves(member))
        else:
            self.does(self._sits_anywhere(member))

        def is_back() -> bool:
            return bool(gateway.connected) and (resumes or gateway.identifies > before)

        self.does(self.world.fake.until(is_back, timeout=30))
        self._settles()

    async def _sits_anywhere(self, member: Any) -> None:
        for room in self.world.rooms[-1:]:
            await self.world.joins(member, room)

    @rule(who=people, leaves=st.booleans(), seconds=st.sampled_from([0, 0, 60, EMPTY_AFTER]))
    def kill(self, who: str, leaves: bool, seconds: float) -> None:
        """What goes on while it is dead is seen by its successor."""

        async def meanwhile(world: World) -> None:
            if leaves:
                await world.leaves(getattr(world, who))
            else:
                await self._sits_anywhere(getattr(world, who))
            world.fake.clock.advance(seconds)

        self.world.meanwhile = meanwhile
        self.does(self.world.is_killed())
        self._throws_nobody_out()

    @rule(
        route=st.sampled_from([CREATE, DELETE]),
        status=st.sampled_from([502, 403]),
        late=st.booleans(),
    )
    def discord_refuses(self, route: tuple[str, str], status: int, late: bool) -> None:
        """One request; *late*: after it was carried out, which is never so with what is forbidden."""
        self.world.knows_its_rooms = False
        self.world.fake.faults.add(Fault(*route, status=status, after=late and status == 502))

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.does(self._comes_to_rest())
        finally:
            self.does(self._open.aclose())

    async def _comes_to_rest(self) -> None:
        """All goes well again, and everybody leaves: within the rooms' time and a minute they are gone."""
        world = self.world
        if self._is_out:
            await world.guild.outage(False)
        world.fake.faults.clear()
        world.guild.role(f"hope {world.fake.clock.now()}")
        await world.settles()
        assert await _all(nobody_thrown_out(world)) == []
        await world.leaves(world.alice)
        await world.leaves(world.bob)
        await world.settles()
        # Deadlines are moments: a clock that was set back has to come there again.
        behind = max(0.0, self._furthest - world.fake.clock.now())
        for seconds in (behind + EMPTY_AFTER, MINUTE):
            await world.passes(seconds)

        assert world.rooms == []
        broken = await untrue(world)
        if self._furthest:
            broken = [each for each in broken if not each.startswith(stays_are_true.__name__)]
        assert broken == []


async def _all(words: AsyncIterator[str]) -> list[str]:
    return [each async for each in words]


@contextmanager
def towns(open_store: Any, folder: Path) -> Iterator[type[Town]]:
    """With a zygote for their programs."""

    async def nearby() -> Midwife:
        return await open_.enter_async_context(Midwife.at_work())

    open_ = AsyncExitStack()
    with asyncio.Runner() as runner:
        Town.runner, Town.open_store, Town.folder = runner, staticmethod(open_store), folder
        Town.midwife = runner.run(nearby())
        try:
            yield Town
        finally:
            runner.run(open_.aclose())


def comes_back(town: Town) -> None:
    """In time, before and after a kill; and comes while nobody looks, when the time is over."""
    town.ask("alice", "Chess")
    town.join_or_move("alice", 0, True)
    town.time_goes_by(EMPTY_AFTER + 1)
    town.leave("alice")
    town.time_goes_by(EMPTY_AFTER - 1)
    town.join_or_move("bob", 0, False)
    town.time_goes_by(EMPTY_AFTER + 1)
    town.leave("bob")
    town.kill("bob", leaves=False, seconds=EMPTY_AFTER)
    town.time_goes_by(EMPTY_AFTER)
    assert len(town.world.rooms) == 1
    town.leave("bob")
    town.time_goes_by(60)
    town.kill("alice", leaves=True, seconds=EMPTY_AFTER - 60)
    assert town.world.rooms == []


def sits_through_it(town: Town) -> None:
    """An outage, a lost line and a clock that is set back, in a room of two; the other one empties."""
    town.ask("alice", "Chess")
    town.ask("bob", "Raid night")
    town.join_or_move("alice", 0, False)
    town.join_or_move("bob", 1, False)
    town.leave("bob")
    town.the_guild_goes_out_or_comes_back()
    town.join_or_move("bob", 1, False)
    town.time_goes_by(7200)
    assert len(town.world.rooms) == 2
    town.leave("bob")
    town.the_guild_goes_out_or_comes_back()
    town.time_goes_by(EMPTY_AFTER + 1)
    assert len(town.world.rooms) == 1
    town.the_line_is_cut(resumes=False, who="bob", leaves=False)
    town.the_clock_steps_back(60)
    town.leave("alice")
    town.time_goes_by(EMPTY_AFTER + 1)
    assert len(town.world.rooms) == 1


def is_refused(town: Town) -> None:
    """A create whose answer is lost is a room all the same; a deletion that fails comes after all, of nobody's room."""
    town.discord_refuses(CREATE, 502, late=True)
    town.ask("alice", "Chess")
    town.kill("alice", leaves=False, seconds=60)
    town.time_goes_by(60)
    assert len(town.world.rooms) == 1
    town.leave("alice")
    town.discord_refuses(DELETE, 502, late=False)
    town.time_goes_by(EMPTY_AFTER)
    town.join_or_move("bob", 0, False)
    town.time_goes_by(7200)


EVENINGS = [comes_back, sits_through_it, is_refused]


@pytest.mark.parametrize("store", ["sqlite"])
@pytest.mark.timeout(300)
def test_an_evening_with_rooms_goes_as_it_must(store, open_store, tmp_path):
    """What a machine that draws at random comes upon once in hundreds of evenings. In one test: they share a zygote."""
    with towns(open_store, tmp_path) as make:
        for evening in EVENINGS:
            town = make()
            try:
                town.begin()
                evening(town)
            finally:
                town.teardown()


@pytest.mark.parametrize(
    ("store", "examples", "steps"),
    [
        pytest.param("sqlite", 150, 25, id="many"),
        pytest.param("postgres", 30, 25, id="many-postgres", marks=[pytest.mark.postgres]),
    ],
)
@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_rooms_keep_their_promises(store, open_store, tmp_path, examples, steps):
    with towns(open_store, tmp_path) as town:
        run_state_machine_as_test(
            town,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
