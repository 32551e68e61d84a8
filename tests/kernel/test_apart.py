"""Jobs that wait for somebody outside take no room from the others, and are bounded by themselves."""

from __future__ import annotations

import asyncio

from rallypoint.kernel.jobs import Job, schedule


class Gate:
    """Holds whoever comes until it is opened."""

    def __init__(self):
        self.open = asyncio.Event()
        self.inside = self.most = self.passed = 0

    async def pass_through(self, work):
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1
        self.passed += 1

    async def seen(self):
        return self.inside

    async def done(self):
        return self.passed


async def put(sessions, clock, kind, count):
    async with sessions.begin() as session:
        for _ in range(count):
            await schedule(session, kind, due=clock.now())


async def test_those_apart_leave_all_places_to_the_others(
    sessions, clock, engine_for, running, eventually
):
    hung, quick = Gate(), Gate()
    quick.open.set()
    jobs = {
        "test.hang": Job(handler=hung.pass_through, apart=50),
        "test.quick": Job(handler=quick.pass_through),
    }
    await put(sessions, clock, "test.hang", 20)
    running(engine_for(jobs, concurrency=4))
    await eventually(hung.seen, 20)
    await put(sessions, clock, "test.quick", 8)
    await eventually(quick.done, 8)
    hung.open.set()
    await eventually(hung.done, 20)


async def test_about_so_many_run_apart_and_the_rest_when_there_is_room(
    sessions, clock, engine_for, running, eventually
):
    gate, quick = Gate(), Gate()
    quick.open.set()
    jobs = {
        "test.hang": Job(handler=gate.pass_through, apart=3),
        "test.quick": Job(handler=quick.pass_through),
    }
    await put(sessions, clock, "test.hang", 3)
    running(engine_for(jobs, concurrency=2))
    await eventually(gate.seen, 3)
    await put(sessions, clock, "test.hang", 9)
    await put(sessions, clock, "test.quick", 5)
    await eventually(quick.done, 5)

    assert gate.inside <= 3 + 2
    gate.open.set()
    await eventually(gate.done, 12)
