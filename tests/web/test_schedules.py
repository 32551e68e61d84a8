"""What recurs is added and changed on pages, on a server and for the whole program."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Schedule

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORGET = "presence.forget_stays"
TYPED = {"name": "Tidy up", "when": "Mon, Thu at 20:00", "zone": "Europe/Berlin", "with.days": "20"}


@pytest.fixture
def at(guild):
    return lambda *parts: "/".join(["/servers", guild.id, "schedules", *parts])


@pytest.fixture
def runs_it(fake, alice):
    """Alice runs the program; to be asked for before the house."""
    fake.owned_by(alice)


@pytest.fixture
def rows(sessions, guild):
    """Those of the server; or of the program, by the names that it gives them."""

    async def read(builtin=None):
        async with sessions() as session:
            asked = select(Schedule).where(
                Schedule.builtin == builtin if builtin else Schedule.guild_id == int(guild.id)
            )
            return list(await session.scalars(asked.order_by(Schedule.id)))

    return read


def wrong_fields(page):
    return re.findall(r'aria-invalid="true" aria-describedby="([a-z_-]+)-about"', page)


async def test_an_admin_adds_a_schedule_and_it_says_what_was_typed(
    house, guild, alice, in_, at, rows, audit_log
):
    asks = await in_(alice)
    assert "Forget who was in voice long ago" in (await asks.get(at("new"))).text
    made = await asks.send(at("new", FORGET), **TYPED, misfire="skip", attempts="3")

    [row] = await rows()
    assert made.headers["location"] == at(str(row.id))
    assert (row.kind, row.cron, row.zone, row.config) == (
        *(FORGET, "0 20 * * 1,4", "Europe/Berlin"),
        {"days": 20},
    )
    assert (row.misfire, row.attempts, row.timeout_seconds) == ("skip", 3, None)
    [line] = [
        each for each in await audit_log(GuildId(int(guild.id))) if each.action[:9] == "schedules"
    ]
    assert (line.action, line.after["name"]) == ("schedules.created", "Tidy up")
    page = (await asks.get(at(str(row.id), "edit"))).text
    assert 'value="on Mondays and Thursdays at 20:00"' in page
    assert '<option value="Europe/Berlin" selected>' in page
    assert '<option value="skip" selected>' in page


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"when": "sometimes"}, ["when"]),
        ({"when": "every 5 s"}, ["when"]),
        ({"when": "2001-01-01 20:00"}, ["when"]),
        ({"name": " "}, ["name"]),
        ({"attempts": "21"}, ["attempts"]),
        ({"timeout_seconds": "x", "with.days": "0"}, ["timeout_seconds", "with-days"]),
        ({"zone": "Nowhere"}, ["zone"]),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_lost(
    house, guild, alice, in_, at, rows, typed, wrong
):
    answer = await (await in_(alice)).send(at("new", FORGET), **(TYPED | typed))

    assert answer.status_code == 422
    assert wrong_fields(answer.text) == wrong
    assert 'value="Tidy up"' in answer.text or "name" in typed
    assert await rows() == []


async def test_what_is_no_task_of_a_server_cannot_be_added_there(house, guild, alice, in_, at):
    asks = await in_(alice)
    page = (await asks.get(at("new"))).text

    assert "Copy the whole database" not in page
    for kind in ("upkeep.backup", "nothing.at_all"):
        assert await asks.status("GET", at("new", kind)) == 404
        assert (await asks.send(at("new", kind), **TYPED)).status_code == 404


async def test_a_change_changes_that_alone_and_is_in_the_audit_log(
    house, guild, alice, in_, at, rows, audit_log
):
    asks = await in_(alice)
    await asks.send(at("new", FORGET), **TYPED)
    [before] = await rows()
    as_shown = TYPED | {"when": "on Mondays and Thursdays at 20:00", "misfire": "once"}
    saved = await asks.send(at(str(before.id), "edit"), **(as_shown | {"with.days": "30"}))

    assert saved.headers["location"] == at(str(before.id))
    [row] = await rows()
    assert (row.config, row.next_run_at) == ({"days": 30}, before.next_run_at)
    newest = (await audit_log(GuildId(int(guild.id))))[0]
    assert (newest.action, newest.before, newest.after) == (
        *("schedules.changed", {"config": {"days": 20}}),
        {"config": {"days": 30}},
    )


async def test_an_organiser_runs_it_and_only_an_admin_changes_or_deletes_it(
    house, guild, alice, olga, in_, at, rows
):
    await (await in_(alice)).send(at("new", FORGET), **TYPED)
    [row] = await rows()
    seen = (await (await in_(olga)).get(at(str(row.id)))).text
    assert "Run now" in seen
    assert not re.search("Change|Delete", seen)
    assert "Add a schedule" not in (await (await in_(olga)).get(at())).text

    gone = await (await in_(alice)).send(at("delete"), id=str(row.id))
    assert gone.headers["location"] == at()
    assert await rows() == []


async def test_who_runs_the_program_changes_what_it_brings_along_and_the_rest_follows_it(
    runs_it, house, alice, in_, rows
):
    asks = await in_(alice)
    [backup] = await rows("backup")
    there = f"/program/schedules/{backup.id}"
    listed = (await asks.get("/program/schedules")).text
    assert backup.name in listed
    page = (await asks.get(f"{there}/edit")).text
    assert 'name="name"' not in page
    typed = {"description": backup.description, "when": "every day at 04:30", "zone": "UTC"}
    saved = await asks.send(f"{there}/edit", **typed, **{"with.keep": "7", "with.folder": ""})

    assert saved.headers["location"] == there
    [row] = await rows("backup")
    assert (row.cron, row.overrides) == ("30 4 * * *", ["recurrence"])
    refused = await asks.send("/program/schedules/delete", id=str(row.id))
    assert "belongs to the program" in refused.text
    assert len(await rows("backup")) == 1


async def test_the_history_is_filtered_by_how_it_went(
    house, guild, alice, in_, at, rows, eventually
):
    asks = await in_(alice)
    await asks.send(at("new", FORGET), **TYPED)
    [row] = await rows()
    await asks.send(at("run"), id=str(row.id))

    async def history(went=""):
        page = (await asks.get(at(str(row.id)) + f"?went={went}")).text
        return page.partition("<tbody>")[2].count("<tr>")

    await eventually(history, 1)
    assert [await history(went) for went in ("success", "other")] == [1, 0]
    listed = (await asks.get(at())).text
    assert "Last runs: 1, of which failed: 0;" in listed
    assert re.search(r'<path d="M0 20v-[0-9.]+h4v[0-9.]+z"/><path class="bad" d=""/>', listed)
