"""One alarm serves all deadlines of one length, and still each is its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from rallypoint.kernel.jobs.deadlines import Deadlines

from .conftest import PATIENCE

TICK, SHORT = timedelta(seconds=0.02), timedelta(seconds=0.08)


class Passed:
    def __init__(self) -> None:
        self._came: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    def __call__(self, what: str) -> None:
        self._came.put_nowait((what, asyncio.get_running_loop().time()))

    async def next(self) -> tuple[str, float]:
        async with asyncio.timeout(PATIENCE):
            return await self._came.get()


@pytest.fixture
def passed():
    return Passed()


@pytest.fixture
def deadlines(passed):
    return Deadlines(passed)


async def test_each_passes_at_its_own_time_in_the_order_of_their_beginnings(deadlines, passed):
    loop = asyncio.get_running_loop()
    began = {"first": loop.time()}
    deadlines.add("first", SHORT)
    deadlines.add("between", TICK)
    between, _ = await passed.next()
    began["second"] = loop.time()
    deadlines.add("second", SHORT)
    ends = [await passed.next(), await passed.next()]

    assert between == "between"
    assert [what for what, _ in ends] == ["first", "second"]
    assert all(at - began[what] > 0.9 * SHORT.total_seconds() for what, at in ends)


async def test_what_has_ended_before_is_not_called_and_the_next_still_is(deadlines, passed):
    deadlines.add("ended", TICK)
    deadlines.add("hangs", TICK)
    deadlines.remove("ended", TICK)

    assert (await passed.next())[0] == "hangs"


async def test_one_that_begins_after_all_others_have_passed_has_an_alarm_again(deadlines, passed):
    deadlines.add("first", TICK)
    await passed.next()
    deadlines.add("second", TICK)

    assert (await passed.next())[0] == "second"
