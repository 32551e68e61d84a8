from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rallypoint.features.timetable.service.last_runs import SHOWN, Bar, last_runs
from rallypoint.kernel.jobs import Interval, Run, Schedule
from rallypoint.kernel.jobs.rows import columns_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def a_schedule(schedule_id):
    told = {"name": "x", "description": "", "kind": "x", "config": {}, "misfire": "once"}
    times = {"created_at": NOON, "updated_at": NOON}
    how = columns_of(Interval(timedelta(minutes=1)))
    return Schedule(id=schedule_id, **told, **times, **how, active=True, overrides=[])


async def test_of_each_schedule_the_last_runs_are_there_the_oldest_first(sessions):
    async with sessions.begin() as session:
        session.add_all([a_schedule(schedule_id) for schedule_id in (1, 2, 3)])
        for number in range(SHOWN + 5):
            for schedule_id in (1, 2):
                told = {"timer_id": schedule_id, "kind": "x", "key": "x", "attempt": 1}
                told |= {"status": "success" if number % 2 else "failed", "worker": "w"}
                begun = NOON + timedelta(minutes=number)
                ended = begun + timedelta(seconds=number * schedule_id)
                times = {"due_at": begun, "started_at": begun, "finished_at": ended}
                session.add(Run(schedule_id=schedule_id, **told, **times))

    async with sessions() as session:
        found = await last_runs(session, [1, 2, 3])
    assert list(found) == [1, 2]
    for schedule_id, bars in found.items():
        assert bars == [
            Bar(number * schedule_id, bool(number % 2)) for number in range(5, SHOWN + 5)
        ]
