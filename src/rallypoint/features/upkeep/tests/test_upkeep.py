"""What the program does for its own upkeep, on both databases."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import delete, select, update

from rallypoint.features.upkeep import rules
from rallypoint.features.upkeep.feature import SCHEDULES, with_retention
from rallypoint.features.upkeep.service import files
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.jobs import Interval, Job, Run, Schedule, schedule, schedules

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def chore(sessions, drain, clock, tmp_path):
    """`await chore("upkeep.forget", **config)`: run it now, and nothing else; its run."""

    async def do(kind, others=(), **config):
        async with sessions.begin() as session:
            await schedule(session, kind, due=clock.now(), **config)
        await drain(with_retention(others).jobs, folder=tmp_path / "data")
        async with sessions.begin() as session:
            runs = select(Run).where(Run.kind == kind).order_by(Run.id.desc()).limit(1)
            return (await session.scalars(runs)).one()

    return do


async def runs_of(sessions, schedule_id):
    async with sessions.begin() as session:
        kept = select(Run.attempt).where(Run.schedule_id == schedule_id).order_by(Run.id)
        return list(await session.scalars(kept))


def a_run(at, number=1, schedule_id=None):
    times = {"due_at": at, "started_at": at, "finished_at": at}
    told = {"kind": "test.old", "status": "success", "worker": "w", "timer_id": 1}
    return Run(attempt=number, schedule_id=schedule_id, **times, **told)


def an_event(number, at, relayed_at):
    told = {"kind": "test.happened", "subject": "x", "data": {}}
    return Outbox(id=str(number), at=at, relayed_at=relayed_at, **told)


def page_count(path):
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.execute("PRAGMA page_count").fetchone()[0]


@pytest.mark.parametrize(("age", "kept"), [(30 * DAY, [7]), (30 * DAY + SECOND, [])])
async def test_runs_are_kept_thirty_days(chore, sessions, clock, age, kept):
    async with sessions.begin() as session:
        session.add(a_run(clock.now() - age, 7, schedule_id=5))
    await chore("upkeep.forget")

    assert await runs_of(sessions, 5) == kept


async def test_a_guild_may_keep_its_runs_for_less_or_for_longer(
    chore, sessions, clock, set_setting
):
    brief, patient, other = [await a_schedule(sessions, clock, guild_id=n) for n in (1, 2, 3)]
    await set_setting("upkeep.run_days", "7", 1)
    await set_setting("upkeep.run_days", "60", 2)
    ages = (6, 8, 29, 31, 59, 61)
    async with sessions.begin() as session:
        for schedule_id in (brief, patient, other, None):
            session.add_all(a_run(clock.now() - age * DAY, age, schedule_id) for age in ages)
    await chore("upkeep.forget")
    found = [await runs_of(sessions, each) for each in (brief, patient, other)]

    assert found == [[6], [6, 8, 29, 31, 59], [6, 8, 29]]


async def a_schedule(sessions, clock, *, guild_id):
    wanted = schedules.Wanted(
        name="s", kind="test.old", recurrence=Interval(DAY), guild_id=guild_id
    )
    kinds = {"test.old": Job(handler=nothing, words="nothing", custom=True)}
    async with sessions.begin() as session:
        return (await schedules.create(session, kinds, wanted, by=None, now=clock.now())).id


async def nothing(work):
    return


async def test_of_one_schedule_only_the_newest_runs_are_kept(chore, sessions, clock):
    async with sessions.begin() as session:
        session.add_all([a_run(clock.now(), number, schedule_id=5) for number in range(5)])
        session.add_all([a_run(clock.now(), number, schedule_id=6) for number in range(3)])
    await chore("upkeep.forget", runs_a_schedule=3)

    assert await runs_of(sessions, 5) == [2, 3, 4]
    assert await runs_of(sessions, 6) == [0, 1, 2]


async def test_an_event_that_nobody_was_handed_is_kept_however_old(chore, sessions, clock):
    old = clock.now() - 31 * DAY
    async with sessions.begin() as session:
        session.add_all([an_event(1, old, old), an_event(2, old, clock.now())])
        await session.flush()
        session.add(an_event(3, old, None))
    async with sessions.begin() as session:
        statement = update(Outbox).where(Outbox.id == "2").values(relayed_at=clock.now() - DAY)
        await session.execute(statement)
    await chore("upkeep.forget")

    async with sessions.begin() as session:
        assert list(await session.scalars(select(Outbox.id).order_by(Outbox.id))) == ["2", "3"]


async def test_the_features_are_asked_until_they_have_nothing_left(chore, clock):
    left, asked = [3, 2, 0], []

    async def forget(_session, now):
        asked.append(now)
        return left.pop(0)

    run = await chore("upkeep.forget", [forget])

    assert run.status == "success"
    assert asked == [clock.now()] * 3


async def test_the_database_is_maintained_while_it_is_used(chore):
    assert (await chore("upkeep.maintain")).status == "success"


@ON_SQLITE
async def test_a_new_file_gives_room_back_from_the_start(database, tmp_path):
    with closing(sqlite3.connect(tmp_path / "rallypoint.db")) as file:
        assert file.execute("PRAGMA auto_vacuum").fetchone() == (files.INCREMENTAL,)


@ON_SQLITE
@pytest.mark.parametrize("made", ["now", "by an older version"])
async def test_the_file_gives_back_the_room_of_what_was_forgotten(
    chore, sessions, clock, tmp_path, made
):
    path = tmp_path / "rallypoint.db"
    if made == "by an older version":
        with closing(sqlite3.connect(path)) as old:
            old.execute("PRAGMA auto_vacuum = NONE")
            old.execute("VACUUM")
    async with sessions.begin() as session:
        event = an_event(1, clock.now(), clock.now())
        event.data = {"x": "y" * 2_000_000}
        session.add(event)
    async with sessions.begin() as session:
        await session.execute(delete(Outbox))
    pages = page_count(path)
    await chore("upkeep.maintain")

    assert page_count(path) < pages / 2


@ON_SQLITE
async def test_a_large_file_of_an_older_version_is_left_alone_which_is_said(sessions, tmp_path):
    with closing(sqlite3.connect(tmp_path / "rallypoint.db")) as old:
        old.execute("PRAGMA auto_vacuum = NONE")
        old.execute("VACUUM")

    assert not await files.maintain(sessions, most_pages=1)
    assert await files.maintain(sessions)


@ON_SQLITE
async def test_a_backup_is_a_whole_database_and_so_many_are_kept(chore, sessions, clock, tmp_path):
    async with sessions.begin() as session:
        session.add(a_run(clock.now(), 7, schedule_id=5))
    names = []
    for _ in range(3):
        clock.advance(DAY)
        names.append(rules.backup_name(clock.now(), ".db"))
        assert (await chore("upkeep.back_up", keep=2)).status == "success"

    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == names[1:]
    with closing(sqlite3.connect(tmp_path / "backups" / names[1])) as copy:
        assert copy.execute("SELECT attempt FROM run WHERE schedule_id = 5").fetchall() == [(7,)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@ON_SQLITE
async def test_a_backup_is_its_owner_s_alone(chore, tmp_path):
    folder = tmp_path / "kept"
    assert (await chore("upkeep.back_up", folder=str(folder))).status == "success"

    assert [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())] == [0o700, 0o600]


@pytest.mark.parametrize("config", [{"run_days": True}, {"run_days": "60"}])
def test_a_config_is_read_as_it_is_written(config):
    with pytest.raises(ValidationError):
        rules.RetentionConfig.model_validate(config)


@ON_POSTGRES
async def test_without_pg_dump_the_backup_fails_and_says_so(chore, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    run = await chore("upkeep.back_up", folder=str(tmp_path / "backups"))

    assert run.status == "failed"
    assert "backup_needs_pg_dump" in run.error


@ON_POSTGRES
async def test_with_pg_dump_the_backup_is_a_dump_and_without_it_fails(chore, clock, tmp_path):
    run = await chore("upkeep.back_up")
    made = [path.name for path in (tmp_path / "data" / "backups").iterdir()]

    if shutil.which("pg_dump") is None:
        assert (run.status, made) == ("failed", [])
    else:
        assert (run.status, run.error) == ("success", None)
        assert made == [rules.backup_name(clock.now(), ".dump")]


async def test_each_is_a_built_in_schedule_and_runs_on_a_program_that_never_did(
    sessions, drain, clock, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    feature = with_retention(())
    await drain(feature.jobs, builtins=SCHEDULES)
    clock.advance(DAY)
    await drain(feature.jobs, builtins=SCHEDULES)

    async with sessions.begin() as session:
        ran = await session.execute(select(Schedule.builtin, Schedule.last_run_at))
        by_name = dict(list(ran))
    assert set(by_name) == {"retention", "database_maintenance", "backup"}
    assert None not in by_name.values()
    async with sessions.begin() as session:
        assert [each.parked for each in await schedules.listing(session)] == [None] * 3
