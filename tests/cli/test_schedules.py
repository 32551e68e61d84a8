"""`rallypoint schedules`: what recurs, from the command line."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from rallypoint.adapters.db import Database
from rallypoint.app import catalogue
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.clock import SystemClock

NAMES = {
    "voice_room_reconcile",
    "voice_ledger_reconcile",
    "voice_session_reconcile",
    "retention",
    "database_maintenance",
    "backup",
    "health_check",
    "deliveries_look_after",
    "monitored_channels",
    "application_owners",
}


@pytest.fixture
def folder(sqlite_template, tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "data" / "rallypoint.db")
    return tmp_path / "data"


async def test_the_built_in_ones_are_listed_before_the_program_ever_ran(rallypoint, folder):
    listed = json.loads((await rallypoint("schedules", "list", "--json", "--data", folder)).out)
    table = (await rallypoint("schedules", "list", "--data", folder)).out

    assert {each["name"] for each in listed} == NAMES
    assert all(each["next_run_at"] for each in listed)
    assert all(name in table for name in NAMES)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_that_is_told_to_run_is_run_by_the_program_and_in_the_history(
    rallypoint, folder, engine_for, running, eventually
):
    async with await Database.open(f"sqlite:///{folder / 'rallypoint.db'}") as database:
        engine = engine_for(
            catalogue.jobs(),
            on=database.sessions,
            clock=SystemClock(),
            builtins=catalogue.schedules(),
        )
        task = running(engine)
        told = await rallypoint("schedules", "run", "backup", "--data", folder)
        assert told.code == 0, told.err

        async def statuses():
            said = await rallypoint("schedules", "history", "backup", "--json", "--data", folder)
            return [run["status"] for run in json.loads(said.out)]

        await eventually(statuses, ["success"])
        engine.stop()
        await asyncio.wait({task})

    assert len(list((folder / "backups").glob("backup-*.db"))) == 1


@pytest.mark.parametrize("command", ["run", "history", "pause"])
async def test_one_that_there_is_not_is_said_so(rallypoint, folder, command):
    said = await rallypoint("schedules", command, "nightly", "--data", folder)

    said.check_one_line(2, "nightly", "rallypoint schedules list")


async def test_one_that_is_paused_stays_so_until_it_is_resumed_and_it_is_known_who_did_it(
    rallypoint, folder
):
    async def backup():
        said = (await rallypoint("schedules", "list", "--json", "--data", folder)).out
        [found] = [each for each in json.loads(said) if each["name"] == "backup"]
        return found["active"], found["next_run_at"] is None, found["when"]

    for command, expected in (("pause", (False, True)), ("resume", (True, False))):
        told = await rallypoint("schedules", command, "backup", "--data", folder)
        assert told.code == 0, told.err
        assert await backup() == (*expected, "every day at 04:00, UTC")

    async with (
        await Database.open(f"sqlite:///{folder / 'rallypoint.db'}") as database,
        database.sessions() as session,
    ):
        entries = await guilds.audit_log(session, None)
    assert [(each.action, each.user_name) for each in entries] == [
        ("schedules.resumed", "the command line"),
        ("schedules.paused", "the command line"),
    ]


async def test_what_an_older_version_kept_does_not_steer_the_terminal(rallypoint, folder):
    await rallypoint("schedules", "list", "--data", folder)
    with closing(sqlite3.connect(folder / "rallypoint.db")) as file, file:
        wrong = ("a\x1b]0;b\x07c\u202ed",)
        file.execute("UPDATE schedule SET builtin = NULL, name = ? WHERE builtin = 'backup'", wrong)
    said = await rallypoint("schedules", "list", "--data", folder)

    assert "a\N{REPLACEMENT CHARACTER}]0;b" in said.out
    assert not {"\x1b", "\x07", "\u202e"} & set(said.out)
