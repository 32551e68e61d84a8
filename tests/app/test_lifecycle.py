from __future__ import annotations

import asyncio
import os
import signal

import pytest

from rallypoint.app.lifecycle import Member, PartDied, run_together, until_signalled
from rallypoint.kernel.errors import CannotStart


class Worker:
    """Runs until it is told to stop, and writes down when it ends."""

    def __init__(self, name: str, ended: list[str]) -> None:
        self.name, self.ended = name, ended
        self.began, self.told = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        self.began.set()
        try:
            await self.told.wait()
        finally:
            self.ended.append(self.name)

    def member(self, *, polite: bool = True) -> Member:
        return Member(name=self.name, run=self.run, stop=self.told.set if polite else None)


async def fail(error: Exception) -> None:
    raise error


async def test_cancelled_they_are_ended_in_their_order():
    ended: list[str] = []
    web, bot, engine = (Worker(name, ended) for name in ("web", "bot", "engine"))
    members = [web.member(), bot.member(polite=False), engine.member()]
    running = asyncio.create_task(run_together(members))
    await engine.began.wait()

    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    assert ended == ["web", "bot", "engine"]


async def test_one_that_dies_ends_them_all_in_one_line():
    ended: list[str] = []
    dying = Member(name="relay", run=lambda: fail(ValueError("two\nlines")))

    with pytest.raises(PartDied) as died:
        await run_together([Worker("web", ended).member(), dying])

    assert ended == ["web"]
    assert str(died.value).startswith("the relay died (ValueError: two lines); ")


@pytest.mark.parametrize("dies", [False, True])
async def test_what_is_for_a_good_end_is_not_done_when_a_part_has_died(dies):
    ended: list[str] = []
    asked: list[str] = []
    drain, web = Worker("drain", ended), Worker("web", ended)
    polite = Member(
        name="drain",
        run=drain.run,
        stop=lambda: asked.append("drain"),
        in_good_order=True,
        patience=0.01,
    )
    dying = Member(name="relay", run=lambda: fail(ValueError("x")))
    members = [polite, web.member(), *([dying] if dies else [])]
    running = asyncio.create_task(run_together(members))
    if not dies:
        await web.began.wait()
        running.cancel()
    await asyncio.wait({running})

    assert ended == ["drain", "web"]
    assert asked == ([] if dies else ["drain"])


async def test_one_that_ends_by_itself_is_a_death_too():
    dying = Member(name="relay", run=lambda: asyncio.sleep(0))

    with pytest.raises(PartDied, match=r"the relay died .it ended by itself."):
        await run_together([dying])


async def test_what_only_a_person_can_mend_is_said_as_it_is():
    dying = Member(name="bot", run=lambda: fail(CannotStart("wrong token; copy it anew")))

    with pytest.raises(CannotStart, match=r"^wrong token; copy it anew$"):
        await run_together([dying])


async def test_one_that_does_not_stop_when_asked_is_cancelled():
    ended: list[str] = []
    deaf = Worker("engine", ended)
    member = Member(name="engine", run=deaf.run, stop=lambda: None, patience=0.01)
    running = asyncio.create_task(run_together([member]))
    await deaf.began.wait()

    running.cancel()
    await asyncio.wait({running})

    assert ended == ["engine"]


class Tidy:
    """Does not end before it is let go, once it was cancelled."""

    def __init__(self) -> None:
        self.began, self.tidying, self.let_go = (asyncio.Event() for _ in range(3))
        self.tidied = False

    async def run(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.tidying.set()
            await self.let_go.wait()
            self.tidied = True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_is_a_clean_end_even_if_it_comes_twice_at_once(number):
    work = Tidy()
    running = asyncio.create_task(until_signalled(work.run()))
    await work.began.wait()

    os.kill(os.getpid(), number)
    await work.tidying.wait()
    os.kill(os.getpid(), number)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.let_go.set()
    await running

    assert work.tidied
    assert signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}


async def test_what_the_work_raises_is_raised():
    with pytest.raises(CannotStart):
        await until_signalled(fail(CannotStart("no")))
