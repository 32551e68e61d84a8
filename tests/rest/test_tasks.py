"""A guild's tasks by REST, as those who manage it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.ids import GuildId
from tests.rest.conftest import NEW

FORGETTING: dict[str, Any] = {
    "name": "forgetting",
    "task_type": "presence.forget_stays",
    "schedule": {"type": "cron", "expression": "0 3 * * *", "zone": "Europe/Berlin"},
    "task_config": {"days": 60},
    "attempts": 2,
    "timeout_seconds": 30,
    "description": "what is old",
    "misfire": "skip",
}
SHAPE = {
    *("id", "guild_id", "name", "description", "task_type", "schedule", "schedule_words"),
    *("task_config", "is_active", "misfire", "attempts", "timeout_seconds", "next_run_at"),
    *("last_run_at", "last_status", "last_error", "parked", "waits_for", "successes"),
    *("failures", "created_by", "created_at", "updated_at"),
}


UNFIT: list[tuple[dict[str, Any], str, str]] = [
    ({"schedule": {"type": "interval", "seconds": 29}}, "invalid", "schedule.interval.seconds"),
    ({"schedule": {"type": "interval", "seconds": "60"}}, "invalid", "seconds"),
    ({"schedule": {"type": "weekly"}}, "invalid", "schedule"),
    ({"schedule": {"type": "once", "at": "2020-01-01T00:00:00Z"}}, "once_passed", "passed"),
    ({"schedule": {"type": "once", "at": "2130-01-01T00:00:00"}}, "invalid", "zone"),
    ({"schedule": {"type": "once", "at": 1_900_000_000}}, "invalid", "zone"),
    ({"schedule": {"type": "once", "at": "9999-12-31T23:59:59-23:59"}}, "once_passed", ""),
    ({"schedule": {"type": "cron", "expression": "0 0 30 2 *"}}, "cron_invalid", "0 0 30 2 *"),
    ({"schedule": {"type": "cron", "expression": "nonsense"}}, "cron_invalid", "nonsense"),
    (
        {"schedule": {"type": "cron", "expression": "0 3 * * *", "zone": "Europe/Berlni"}},
        "zone_unknown",
        "Europe/Berlin",
    ),
    ({"task_type": "upkeep.back_up"}, "schedule_kind_unknown", "upkeep.back_up"),
    ({"task_type": "rooms.close"}, "schedule_kind_unknown", "rooms.close"),
    ({"task_config": {"days": 0}}, "config_invalid", "days"),
    ({"task_config": {"days": True}}, "config_invalid", "days"),
    ({"task_config": {"days": "60"}}, "config_invalid", "days"),
    ({"task_config": {"days": "\0"}}, "json_invalid", ""),
    ({"name": "x\x1by"}, "characters_invalid", "name"),
    ({"description": "x\u202ey"}, "characters_invalid", "description"),
    ({"task_config": {"guild_id": "1"}}, "config_invalid", "guild_id"),
    ({"guild_id": "1"}, "invalid", "guild_id"),
    ({"created_by": "1"}, "invalid", "created_by"),
    ({"name": " "}, "schedule_name_invalid", "name"),
    ({"attempts": 21}, "invalid", "attempts"),
    ({"attempts": True}, "invalid", "attempts"),
]


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""


@pytest.fixture
def house_rules():
    return {"api_per_minute": 10_000, "bad_tokens_per_minute": 10_000}


@pytest.fixture
async def asks(house, as_, bob):
    return await as_(bob)


@pytest.fixture
def made(asks, tasks):
    """`await made(name=…)`: a task, and where it is."""

    async def made(**given):
        answer = await asks("POST", tasks, FORGETTING | given)
        assert answer.status_code == 201, answer.text
        return answer.json(), answer.headers["Location"]

    return made


async def test_what_was_made_is_told_as_it_is(made, asks, guild, bob):
    told, where = await made()
    again = (await asks("GET", where)).json()

    assert told == again
    assert told.keys() == SHAPE
    assert FORGETTING.items() <= told.items()
    assert where.endswith(f"/{told['id']}")
    assert (told["guild_id"], told["created_by"]) == (guild.id, bob.id)
    assert told["schedule_words"] == "every day at 03:00, Europe/Berlin"
    assert datetime.fromisoformat(told["next_run_at"]).utcoffset() == timedelta(0)
    assert told["next_run_at"].endswith("Z")


async def test_each_recurrence_comes_back_as_it_went_in_utc(made):
    for schedule in (
        {"type": "interval", "seconds": 30},
        {"type": "cron", "expression": "*/5 * * * *", "zone": "UTC"},
        {"type": "once", "at": "2130-01-31T20:00:00Z"},
    ):
        assert (await made(schedule=schedule))[0]["schedule"] == schedule

    told, _ = await made(schedule={"type": "once", "at": "2130-01-31T20:00:00.5+05:30"})
    assert told["schedule"]["at"] == told["next_run_at"] == "2130-01-31T14:30:00.500000Z"


async def test_what_does_not_fit_is_refused_and_named(asks, tasks):
    for wrong, code, said in UNFIT:
        answer = await asks("POST", tasks, FORGETTING | wrong)

        assert answer.status_code == 422, wrong
        assert answer.json()["error"]["code"] == code, wrong
        assert said in answer.json()["error"]["message"], wrong
    assert (await asks("GET", tasks)).json() == {"items": []}


async def test_what_is_left_out_of_a_change_stays_and_null_takes_back(made, asks):
    told, where = await made()
    renamed = (await asks("PATCH", where, {"name": "other"})).json()
    nulls: dict[str, Any] = dict.fromkeys(
        ["description", "task_config", "attempts", "timeout_seconds"]
    )
    cleared = (await asks("PATCH", where, nulls)).json()

    same = SHAPE - {"name", "updated_at"}
    assert {name: renamed[name] for name in same} == {name: told[name] for name in same}
    assert renamed["name"] == cleared["name"] == "other"
    assert {name: cleared[name] for name in nulls} == nulls | {
        "description": "",
        "task_config": {"days": 30},
    }


async def test_a_change_that_cannot_be_changes_nothing(made, asks):
    told, where = await made()
    unfit: list[tuple[dict[str, Any], str]] = [
        ({field: None}, "invalid") for field in ("name", "schedule", "misfire", "is_active")
    ]
    kinds = ("presence.forget_stays", "rooms.reconcile", None)
    unfit += [({"task_type": kind, "name": "other"}, "schedule_kind_stays") for kind in kinds]
    unfit += [({"name": "other", "task_config": {"days": 0}}, "config_invalid")]
    for changes, code in unfit:
        refused = await asks("PATCH", where, changes)

        assert (refused.status_code, refused.json()["error"]["code"]) == (422, code), changes
        assert (await asks("GET", where)).json() == told


async def test_a_task_is_paused_and_resumed(made, asks, tasks):
    later, where = await made(is_active=False)
    await asks("DELETE", where)
    _, where = await made()
    paused = (await asks("PATCH", where, {"is_active": False})).json()
    active = (await asks("GET", f"{tasks}?active=true")).json()["items"]
    resting = (await asks("GET", f"{tasks}?active=false")).json()["items"]
    resumed = (await asks("PATCH", where, {"is_active": True})).json()

    assert (later["is_active"], later["next_run_at"]) == (False, None)
    assert (paused["is_active"], paused["next_run_at"]) == (False, None)
    assert (active, resting) == ([], [paused])
    assert resumed["is_active"]
    assert resumed["next_run_at"] is not None


async def test_one_that_is_gone_is_not_there(made, asks, tasks):
    _, where = await made()
    gone = await asks("DELETE", where)
    again = await asks("DELETE", where)

    assert (gone.status_code, gone.content) == (204, b"")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "schedule_unknown")
    assert (await asks("GET", tasks)).json() == {"items": []}


async def test_a_run_now_is_in_the_history_page_by_page(made, asks, eventually):
    _, where = await made()

    async def successes():
        return (await asks("GET", where)).json()["successes"]

    for done in (1, 2, 3):
        started = await asks("POST", f"{where}/execute")
        assert started.status_code == 202
        await eventually(successes, done)
    first = (await asks("GET", f"{where}/runs?limit=2")).json()
    rest = (await asks("GET", f"{where}/runs?limit=2&before={first['next']}")).json()
    whole = (await asks("GET", f"{where}/runs?limit=3")).json()
    ids = [int(each["id"]) for each in first["items"] + rest["items"]]

    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert (len(whole["items"]), whole["next"]) == (3, None)
    assert ids == sorted(ids, reverse=True)
    assert {each["status"] for each in first["items"]} == {"success"}


async def test_what_nothing_can_be_called_is_not_there_or_refused(made, asks, tasks):
    told, where = await made()
    pages = ("limit=0", "limit=101", "before=x", "before=-1", "active=true")
    wanted = {f"{where}/runs?{query}": 422 for query in pages}
    too_large = ("9223372036854775808", "9" * 20)
    wanted |= {f"{tasks}/{task_id}": 404 for task_id in ("0", *too_large)}
    wanted |= {f"{tasks}/{task_id}": 422 for task_id in ("1e3", "%00", "9" * 21, "-1")}
    for guild_id, status in (("0", 404), ("x", 422), *((each, 404) for each in too_large)):
        wanted[f"/api/v1/guilds/{guild_id}/scheduled-tasks"] = status
    # The program's own are rows of the same table.
    wanted |= {f"{tasks}/{builtin}": 404 for builtin in range(1, int(told["id"]))}
    seen = {path: (await asks("GET", path)).status_code for path in wanted}

    assert seen == wanted


async def test_whatever_is_done_is_in_the_audit_log(made, asks, sessions, guild, bob):
    _, where = await made()
    await asks("PATCH", where, {"name": "other", "is_active": False})
    await asks("POST", f"{where}/execute")
    await asks("DELETE", where)
    async with sessions() as session:
        entries = await guilds.audit_log(session, GuildId(int(guild.id)))

    actions = [entry.action.removeprefix("schedules.") for entry in entries]
    assert actions == ["removed", "run", "paused", "changed", "created"]
    assert {(entry.user_id, entry.user_name) for entry in entries} == {(int(bob.id), "bob")}


async def test_a_full_guild_is_told_so(asks, tasks, guild, plant):
    await plant(guild.id, times=50)
    refused = await asks("POST", tasks, NEW)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "too_many_schedules")


async def test_one_who_loses_the_right_has_lost_it_within_a_minute(
    house, asks, tasks, guild, eventually
):
    async def status():
        house.clock.advance(61)
        return (await asks("GET", tasks)).status_code

    async def post():
        return await asks("POST", tasks, NEW, headers={"Idempotency-Key": "one"})

    assert await status() == 200
    await post()
    again = await post()
    guild.role("moderator", 0)
    await eventually(status, 403)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await post()).status_code == 403
    await guild.outage(True)
    await eventually(status, 503)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attempts": 21}, "body.attempts: at most 20"),
        ({"attempts": "many"}, "body.attempts: write a whole number"),
        ({"misfire": "later"}, "body.misfire: choose one of 'once', 'skip'"),
        ({"guild_id": "1"}, "body.guild_id: there is no such field"),
        ({"name": None}, "body.name: it is no text"),
        (
            {"schedule": {"type": "weekly"}},
            "body.schedule: 'type' is one of 'interval', 'cron', 'once'",
        ),
        ({"schedule": {}}, "body.schedule: 'type' is needed"),
        (
            {"schedule": {"type": "interval", "seconds": 29}},
            "body.schedule.interval.seconds: at least 30.0",
        ),
        (
            {"schedule": {"type": "once", "at": 1}},
            "body.schedule.once.at: write a moment with its zone, such as 2030-01-31T20:00:00Z",
        ),
    ],
)
async def test_what_does_not_fit_is_said_in_the_words_of_the_pages(
    house, as_, alice, tasks, change, message
):
    answer = await (await as_(alice))("POST", tasks, NEW | change)

    assert answer.status_code == 422
    assert answer.json()["error"] == {"code": "invalid", "message": message}
