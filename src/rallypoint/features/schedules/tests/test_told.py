"""What is told of a schedule, on Discord and by REST, beside what the database has of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.schedules import texts
from rallypoint.features.schedules.web import shapes
from rallypoint.kernel.jobs import Affinity, Job, Schedule
from rallypoint.kernel.jobs.schedules import Listed

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECRET = {"folder": "/somewhere/private"}


async def act(_work):
    pass


@pytest.fixture
def listed():
    """`listed(due)`: one that is due then, and not begun."""

    def make(due, parked=None):
        row = Schedule(
            id=7,
            builtin="backup",
            name="backup",
            description="",
            kind="test.do",
            config=SECRET,
            misfire="once",
            how="cron",
            cron="0 3 * * *",
            zone="UTC",
            active=True,
            next_run_at=due,
            successes=1,
            failures=1,
            created_at=NOW,
            updated_at=NOW,
            overrides=[],
            last_error="because",
        )
        return Listed(row, None, parked)

    return make


def kinds(affinity):
    return {"test.do": Job(handler=act, affinity=affinity, words="Does it")}


@pytest.mark.parametrize(
    ("affinity", "words"),
    [
        (Affinity.DISCORD, "**waits for the bot to be connected to Discord**"),
        (Affinity.FOLDER, "**waits for rallypoint up, which has the data folder**"),
    ],
)
def test_one_that_is_due_is_shown_with_what_it_waits_for(listed, affinity, words):
    due, early = listed(NOW), listed(NOW + TICK)
    known = kinds(affinity)

    assert words in texts.listing([due], known, NOW)
    assert words in texts.shown(due, [], known, NOW)
    assert shapes.task(due, known, NOW).waits_for == affinity.value
    assert shapes.builtin(due, known, NOW, whole=False).waits_for == affinity.value
    assert "waits for" not in texts.listing([early], known, NOW) + texts.shown(
        early, [], known, NOW
    )
    assert shapes.task(early, known, NOW).waits_for is None


def test_one_that_may_run_anywhere_waits_for_nothing(listed):
    known = kinds(Affinity.ANY)

    assert "waits for" not in texts.listing([listed(NOW)], known, NOW)
    assert shapes.task(listed(NOW), known, NOW).waits_for is None


def test_how_the_program_s_own_are_set_up_is_told_to_who_runs_it_alone(listed):
    known, stopped = kinds(Affinity.ANY), listed(NOW, parked="broken")
    whole = shapes.builtin(stopped, known, NOW, whole=True)
    part = shapes.builtin(stopped, known, NOW, whole=False)

    assert (whole.task_config, whole.last_error, whole.parked) == (SECRET, "because", "broken")
    assert (part.task_config, part.last_error, part.parked) == (None, None, None)
    assert "private" not in part.model_dump_json()


@pytest.mark.parametrize(("since", "parked"), [(NOW, None), (None, "broken")])
def test_one_that_runs_or_has_stopped_waits_for_nothing(listed, since, parked):
    due = Listed(listed(NOW).schedule, since, parked)

    assert due.waits_for(kinds(Affinity.DISCORD)["test.do"], NOW) is None
