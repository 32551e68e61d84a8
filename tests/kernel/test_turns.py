"""Those that fail leave most of the time to the others."""

from __future__ import annotations

import asyncio

import pytest

from rallypoint.kernel.turns import Turns, rest


async def test_one_after_the_other_with_a_rest_after_each_but_the_last():
    log = []

    async def sleep(seconds):
        log.append("rests")
        await asyncio.sleep(0)
        log.append("rested")

    turns = Turns(sleep)

    async def one():
        async with turns.mine():
            log.append("begins")
            await asyncio.sleep(0)
            log.append("ends")

    await asyncio.gather(*(one() for _ in range(3)))

    assert log == ["begins", "ends", "rests", "rested"] * 2 + ["begins", "ends"]


async def test_one_that_fails_or_is_cancelled_leaves_its_turn_to_the_next():
    turns = Turns()

    async def stays():
        async with turns.mine():
            await asyncio.Event().wait()

    first, second = asyncio.create_task(stays()), asyncio.create_task(stays())
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    await asyncio.wait([first, second])
    async with asyncio.timeout(1), turns.mine():
        assert first.cancelled()


@pytest.mark.parametrize(
    ("took", "waiting", "seconds"),
    [(0.005, 1, 0.02), (0.005, 999, 0.02), (0.005, 6000, 0.01), (2.0, 1, 8.0), (0.0, 1, 0.0)],
)
def test_a_fifth_of_the_time_is_theirs_and_a_minute_is_enough_for_all(took, waiting, seconds):
    assert rest(took, waiting=waiting) == pytest.approx(seconds)
