"""The bench of the job engine, without its peers: what it makes of what was measured."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.jobs import contestants, report, usage
from bench.jobs.measures import judge_ticks
from bench.jobs.roster import MEASURES, ROSTER
from bench.jobs.starts import Start, Writer, counted, read

OURS: dict[str, float | str] = {
    "rate": 10_000.0,
    "low_p50": 0.004,
    "low_p99": 0.051,
    "idle": 0.5,
    "recovery": 5.9,
    "burst50000_last": 3.0,
    "burst50000_twice": 0,
    "ticks_missing": 3,
    "ticks_missing_alive": 0,
    "ticks_made_up": 1,
    "ticks_double": 0,
    "pending": 1_000_000,
    "pending_with_ready": 0.9,
    "pending_with_low_p50": 0.004,
    "pending_with_low_p99": 0.05,
    "pending_with_rss": 89.0,
    "pending_without_rss": 80.0,
}
RESULTS: dict[str, dict[str, float | str]] = {
    "rallypoint-postgres": OURS,
    "pgqueuer": {"rate": 9_000.0, "low_p50": 0.04},
    "pgqueuer-10": {"rate": 10_001.0},
    "celery": {"rate": 2_000.0, "recovery_said": "not within 40 s"},
    "arq": {"failed": "its packages are not installed"},
}


def verdicts(**changed: float | str) -> dict[str, bool | None]:
    results = RESULTS | {"rallypoint-postgres": OURS | changed}
    return {target.words: target.met for target in report.targets(results)}


@pytest.mark.parametrize(
    ("target", "met"),
    [
        ("PostgreSQL: done/s ≥ 1.0 × bare PgQueuer", False),
        ("PostgreSQL: done/s ≥ 5 × Celery", True),
        ("PostgreSQL: low load p50 ≤ 5 ms", True),
        ("PostgreSQL: low load p99 ≤ 50 ms", False),
        ("PostgreSQL: 1,000,000 pending: ready ≤ 1 s", True),
        ("PostgreSQL: 1,000,000 pending: low load as without", True),
        ("PostgreSQL: 1,000,000 pending: memory as without", False),
        ("PostgreSQL: 50,000 started ≤ 3 s", True),
        ("PostgreSQL: none of 50,000 twice", True),
        ("PostgreSQL: recovery ≤ 6 s", True),
        ("PostgreSQL: ticks over a crash: 0 missed, 0 double", True),
        ("PostgreSQL: idle ≤ 0.5 % of a core", True),
        ("SQLite: done/s ≥ 5 × Celery", None),
        ("SQLite: recovery ≤ 6 s", None),
    ],
)
def test_a_target_is_met_missed_or_was_not_measured(target: str, met: bool | None) -> None:
    assert verdicts()[target] is met


@pytest.mark.parametrize(
    ("changed", "target"),
    [
        ({"burst50000_last": 3.01}, "PostgreSQL: 50,000 started ≤ 3 s"),
        ({"burst50000_cut": 40.0}, "PostgreSQL: 50,000 started ≤ 3 s"),
        ({"burst50000_twice": 1}, "PostgreSQL: none of 50,000 twice"),
        ({"ticks_double": 1}, "PostgreSQL: ticks over a crash: 0 missed, 0 double"),
        ({"ticks_missing_alive": 1}, "PostgreSQL: ticks over a crash: 0 missed, 0 double"),
        ({"ticks_made_up": 0}, "PostgreSQL: ticks over a crash: 0 missed, 0 double"),
    ],
    ids=["too late", "cut", "twice", "double tick", "tick lost alive", "dead time not made up for"],
)
def test_a_figure_just_over_its_bound_misses_the_target(
    changed: dict[str, float], target: str
) -> None:
    assert verdicts()[target] is True
    assert verdicts(**changed)[target] is False


def test_a_peer_that_is_not_there_says_why_in_its_line() -> None:
    _, rows = report.figures_table(RESULTS)

    assert rows[-1] == [ROSTER["arq"].title, *["its packages are not installed"] * 7]
    assert rows[3][4] == "not within 40 s"


def test_a_ratio_is_ours_by_theirs_on_each_store() -> None:
    head, rows = report.ratios_table(RESULTS)
    ratios = dict(zip(head, rows[0], strict=True))

    assert ratios["done/s ↑"] == "1.1 / –"
    assert ratios["low load p50 ↓"] == "0.1 / –"
    assert ratios["recovery ↓"] == "– / –"


def test_a_burst_that_was_cut_says_how_far_it_came() -> None:
    burst = {"count": 10_000, "p50": 9.0, "p99": 39.0, "last": 39.9, "twice": 0}
    cut = {
        f"burst10000_{key}": value for key, value in (burst | {"cut": 40.0, "started": 7}).items()
    }
    _, rows = report.bursts_table({"dbos": cut, "arq": {"burst10000_said": "not tried"}}, [10_000])

    assert rows == [
        [ROSTER["dbos"].title, "9.00 / 39.00", "cut: 7 in 40 s", "0"],
        [ROSTER["arq"].title, "not tried", "–", "–"],
    ]


def ticks(*seconds: float) -> list[Start]:
    return [Start(number=int(second), due=second, at=second + 0.01) for second in seconds]


LATE = Start(number=14, due=14.0, at=17.5)


@pytest.mark.parametrize(
    ("begun", "missing", "alive", "made_up", "double"),
    [
        (ticks(10, 11, 12, 13, 14, 15, 16, 17, 18, 19), 0, 0, 0, 0),
        (ticks(10, 11, 12, 13, 18, 19, 20), 4, 0, 0, 0),
        ([*ticks(10, 11, 12, 13), LATE, *ticks(18, 19)], 3, 0, 1, 0),
        ([*ticks(10, 12, 13), LATE, *ticks(18, 20)], 5, 2, 1, 0),
        ([*ticks(10, 11, 12, 13), LATE, *ticks(18, 18, 19)], 3, 0, 1, 1),
    ],
    ids=["all", "dead time lost", "made up once", "lost while alive", "double"],
)
def test_ticks_are_judged_by_what_they_were_run_for(
    begun: list[Start], missing: int, alive: int, made_up: int, double: int
) -> None:
    judged = judge_ticks(begun, killed=13.6, again=16.9)

    assert judged == {
        "ticks_missing": missing,
        "ticks_missing_alive": alive,
        "ticks_made_up": made_up,
        "ticks_double": double,
    }


def test_no_tick_after_the_crash_is_said() -> None:
    assert judge_ticks(ticks(10, 11), 13.6, 16.9) == {"ticks_said": "no tick after the crash"}


def test_what_a_killed_worker_has_noted_is_there(tmp_path) -> None:
    note = (
        "import os, sys; from pathlib import Path; from bench.jobs.starts import Writer;"
        "w = Writer(Path(sys.argv[1])); [w.note(n, 5.0) for n in range(3)];"
        "child = os.fork(); os.waitpid(child, 0) if child else w.note(9, 5.0); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", note, str(tmp_path)], check=False)
    Writer(tmp_path).note(7, 6.0)

    assert sorted(start.number for start in read(tmp_path)) == [0, 1, 2, 7, 9]
    assert counted(tmp_path) == 5
    assert all(start.late > 0 for start in read(tmp_path))


def test_what_a_session_of_processes_costs_is_counted_with_its_children() -> None:
    session = os.getsid(0)

    assert os.getpid() in usage.members(session)
    assert usage.cpu_seconds(session) > 0
    assert usage.resident(session) > 10


def test_everybody_in_the_roster_has_a_file_and_known_measures() -> None:
    folder = Path(contestants.__path__[0])
    files = {path.stem for path in folder.glob("[a-z]*.py")}

    assert {entry.module for entry in ROSTER.values()} == files
    assert all(set(entry.measures) <= set(MEASURES) for entry in ROSTER.values())
