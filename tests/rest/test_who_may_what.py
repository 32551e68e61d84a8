"""Every route, for everybody, on what is theirs, what is another's and what is not there."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.people import Role
from tests.rest.conftest import NEW

GUILD = "/api/v1/guilds/{guild}/scheduled-tasks"
VOICE = "/api/v1/guilds/{guild}/voice"
TO = "/api/v1/guilds/{guild}/destinations"
SUBSCRIPTIONS = "/api/v1/guilds/{guild}/subscriptions"
MANAGED = (GUILD, TO, SUBSCRIPTIONS)
ROUTES = {
    ("GET", "/api/scheduled-tasks/builtin"): 200,
    ("GET", "/api/v1/scheduled-tasks/builtin"): 200,
    ("GET", "/api/v1/scheduled-tasks/types"): 200,
    ("GET", "/api/v1/scheduled-tasks/scheduler/status"): 200,
    ("GET", GUILD): 200,
    ("POST", GUILD): 201,
    ("GET", f"{GUILD}/{{id}}"): 200,
    ("PATCH", f"{GUILD}/{{id}}"): 200,
    ("POST", f"{GUILD}/{{id}}/execute"): 202,
    ("GET", f"{GUILD}/{{id}}/runs"): 200,
    ("DELETE", f"{GUILD}/{{id}}"): 204,
    ("GET", TO): 200,
    ("POST", TO): 201,
    ("GET", f"{TO}/{{id}}"): 200,
    ("PATCH", f"{TO}/{{id}}"): 200,
    ("POST", f"{TO}/{{id}}/secret"): 200,
    ("POST", f"{TO}/{{id}}/test"): 202,
    ("POST", f"{TO}/{{id}}/replay"): 202,
    ("GET", f"{TO}/{{id}}/deliveries"): 200,
    ("GET", f"{TO}/{{id}}/deliveries/{{delivery}}/curl"): 200,
    ("DELETE", f"{TO}/{{id}}"): 204,
    ("GET", "/api/v1/event-kinds"): 200,
    ("GET", SUBSCRIPTIONS): 200,
    ("POST", SUBSCRIPTIONS): 201,
    ("POST", f"{SUBSCRIPTIONS}/simulate"): 200,
    ("GET", f"{SUBSCRIPTIONS}/{{id}}"): 200,
    ("PATCH", f"{SUBSCRIPTIONS}/{{id}}"): 200,
    ("DELETE", f"{SUBSCRIPTIONS}/{{id}}"): 204,
    ("GET", VOICE): 200,
    ("GET", f"{VOICE}/stream"): 200,
}
"""What each answers to those who may."""


def body(route: tuple[str, str], destination: str) -> Any:
    hook = {"url": "https://hooks.example/"}
    bodies = {
        ("POST", GUILD): NEW,
        ("PATCH", f"{GUILD}/{{id}}"): {"description": "changed"},
        ("POST", TO): {"name": f"to {next(numbers)}", "kind": "webhook.post", "config": hook},
        ("PATCH", f"{TO}/{{id}}"): {"config": hook},
        ("POST", f"{TO}/{{id}}/test"): {"event": "presence.joined"},
        ("POST", f"{TO}/{{id}}/replay"): {"failed": True},
        ("POST", SUBSCRIPTIONS): {"destination_id": destination, "kinds": ["presence.*"]},
        ("POST", f"{SUBSCRIPTIONS}/simulate"): {"conditions": {"most_per_hour": 1}},
        ("PATCH", f"{SUBSCRIPTIONS}/{{id}}"): {"kinds": ["rooms.*"]},
    }
    return bodies.get(route)


numbers = itertools.count()

STRANGERS = ("nobody", "expired", "revoked")
MEMBER, VIEWER, ORGANISER, ADMIN = Role
ROLES: dict[str, dict[str, Role]] = {
    "arena": {
        "charlie": MEMBER,
        "vera": VIEWER,
        "olga": ORGANISER,
        **dict.fromkeys(("alice", "bob", "alice, reading", "oscar"), ADMIN),
    },
    "elsewhere": {"mallory": ADMIN, "oscar": ADMIN},
    "nowhere": {},
}
NEEDED = {("GET", GUILD): VIEWER, ("POST", f"{GUILD}/{{id}}/execute"): ORGANISER}
NEEDED |= dict.fromkeys([("GET", f"{GUILD}/{{id}}"), ("GET", f"{GUILD}/{{id}}/runs")], VIEWER)
NEEDED |= dict.fromkeys([("GET", VOICE), ("GET", f"{VOICE}/stream")], MEMBER)
"""What somebody has to be for it; for all else, an admin."""
OBJECTS = ("own", "foreign", "missing")
CALLERS = (*STRANGERS, "mallory", *ROLES["arena"])


def expected(caller: str, route: tuple[str, str], place: str, task: str) -> int:
    method, path = route
    if caller in STRANGERS:
        return 401
    if caller == "alice, reading" and method != "GET":
        return 403
    if "{guild}" not in path:
        return 200
    role = ROLES[place].get(caller)
    if role is None:
        return 404
    if role < NEEDED.get(route, ADMIN):
        return 403
    if "{id}" in path and task != "own":
        return 404
    return ROUTES[route]


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""


@pytest.fixture
def house_rules():
    return {"api_per_minute": 10_000, "bad_tokens_per_minute": 10_000}


@pytest.fixture
async def callers(oscar, house, as_, revoke, alice, bob, charlie, vera, olga, mallory):
    two_days_ago = SystemClock().now() - timedelta(days=2)
    return {
        "nobody": await as_(None),
        "expired": await as_(alice, days=1, now=two_days_ago),
        "revoked": await revoke(await as_(alice)),
        "mallory": await as_(mallory),
        "charlie": await as_(charlie),
        "vera": await as_(vera),
        "olga": await as_(olga),
        "alice, reading": await as_(alice, read_only=True),
        "alice": await as_(alice),
        "bob": await as_(bob),
        "oscar": await as_(oscar),
    }


@pytest.fixture
def places(guild, elsewhere):
    return {"arena": guild.id, "elsewhere": elsewhere.id, "nowhere": "999999999999999999"}


FEWER = ("nobody", "mallory", "charlie", "alice, reading", "alice")
"""Callers of the routes below `ALIKE`: they ask the same of whoever comes as those of the tasks, of which all are asked
by everybody."""
ALIKE = (TO, SUBSCRIPTIONS)


def cases(caller, alike):
    for route in ROUTES:
        if route[1].startswith(ALIKE) is not alike:
            continue
        if alike:
            yield from few(route) if caller in FEWER else ()
            continue
        of_guild, of_task = "{guild}" in route[1], "{id}" in route[1]
        for place in ("arena", "elsewhere", "nowhere") if of_guild else ("",):
            for task in OBJECTS if of_task and place != "nowhere" else ("",):
                yield route, place, task


@pytest.fixture
async def own(places, plant, plant_destination, plant_subscription):
    """What there is in either place, of each sort; `own.plant(base, place)` makes another."""
    plants = {GUILD: plant, TO: plant_destination, SUBSCRIPTIONS: plant_subscription}
    own = Own(plants, places)
    for base in plants:
        for place in ("arena", "elsewhere"):
            await own.plant(base, place)
    own.kept = {place: await plant_destination(places[place]) for place in ("arena", "elsewhere")}
    return own


class Own(dict[Any, Any]):
    def __init__(self, plants, places):
        self.plants, self.places = plants, places
        self.kept: dict[str, str] = {}
        """Destinations to subscribe to."""

    async def plant(self, base, place):
        self[base, place] = await self.plants[base](self.places[place])


def few(route):
    yield route, "nowhere", ""
    for task in OBJECTS if "{id}" in route[1] else ("",):
        yield route, "arena", task


@pytest.mark.parametrize("alike", [False, True], ids=["all callers", "fewer"])
async def test_everybody_is_answered_as_they_may(callers, places, own, alike):
    wrong = {}
    for caller, ask in callers.items():
        for (method, path), place, task in cases(caller, alike):
            other = "elsewhere" if place == "arena" else "arena"
            base = "/".join(path.split("/")[:6])
            ids = {"own": own.get((base, place)), "foreign": own.get((base, other))}
            number = (ids | {"missing": "123456789", "": "1"})[task]
            where = path.format(guild=places.get(place), id=number, delivery=number)
            query = {"params": {"wait": 0}} if where.endswith("/stream") else {}
            given = body((method, path), own.kept.get(place, "1"))
            answer = await ask(method, where, given, **query)
            wanted = expected(caller, (method, path), place, task)
            if answer.status_code != wanted:
                wrong[caller, method, path, place, task] = (answer.status_code, wanted)
            if method == "DELETE" and answer.status_code == 204:
                await own.plant(base, place)

    assert wrong == {}


async def test_an_organiser_pauses_a_schedule_and_changes_nothing_else_of_it(callers, places, own):
    path = f"{GUILD}/{{id}}".format(guild=places["arena"], id=own[GUILD, "arena"])
    paused = await callers["olga"]("PATCH", path, {"is_active": False})
    changed = await callers["olga"]("PATCH", path, {"is_active": True, "name": "mine"})
    kept = (await callers["olga"]("GET", path)).json()

    assert (paused.status_code, changed.status_code) == (200, 403)
    assert (kept["is_active"], kept["name"]) == (False, "planted")


async def test_every_route_there_is_has_been_asked_and_says_how_it_may_be_refused(callers):
    description = (await callers["alice"]("GET", "/api/v1/openapi.json")).json()
    declared = {
        (method.upper(), path)
        for path, operations in description["paths"].items()
        for method in operations
    }

    assert declared == set(ROUTES)
    for (method, path), success in ROUTES.items():
        operation = description["paths"][path][method.lower()]
        wanted = {success, 401, 422, 429, 503}
        wanted |= {404} if "{guild}" in path else set()
        wanted |= {403} if path.startswith(MANAGED) else set()

        assert wanted <= {int(status) for status in operation["responses"]}, (method, path)
        assert operation["security"] == [{"token": []}]
        assert operation["operationId"]


async def test_the_description_says_of_every_route_who_may(callers):
    """As the table above has it, by which everybody was asked."""
    description = (await callers["alice"]("GET", "/api/v1/openapi.json")).json()
    # Who is less than an admin may pause by it, and change nothing else.
    least = NEEDED | {("PATCH", f"{GUILD}/{{id}}"): ORGANISER}
    said, wanted = {}, {}
    for route in ROUTES:
        method, path = route
        operation = description["paths"][path][method.lower()]
        needs = operation["x-needs"]
        said[route] = (needs["role"], needs["scope"])
        role = least.get(route, ADMIN).name.lower() if "{guild}" in path else None
        wanted[route] = (role, "read" if method == "GET" else "write")

        assert operation["description"].endswith(needs["words"])

    assert said == wanted


async def test_strangers_learn_nothing_not_even_why(callers):
    answers = [
        await callers[caller]("GET", path)
        for caller in STRANGERS
        for path in ("/api/v1/openapi.json", "/api/v1/nothing/here")
    ]

    assert {each.status_code for each in answers} == {401}
    assert len({each.text for each in answers}) == 1


async def test_only_who_runs_the_program_is_told_how_it_does(callers):
    path = "/api/v1/scheduled-tasks/scheduler/status"
    alice = (await callers["alice"]("GET", path)).json()
    oscar = (await callers["oscar"]("GET", path)).json()
    counts = ("workers", "tasks_running", "tasks_claimed", "late", "failed", "parked")

    assert alice["running"] is oscar["running"] is True
    assert [alice[name] for name in counts] == [None] * 6
    assert oscar["workers"] == 1
    assert (oscar["late"], oscar["failed"], oscar["parked"]) == (0, 0, 0)
    assert {"retention", "backup"} <= {each["id"] for each in alice["builtin_tasks"]}


async def test_only_who_runs_the_program_is_told_how_its_own_tasks_are_set_up(callers):
    for path in ("/api/v1/scheduled-tasks/builtin", "/api/scheduled-tasks/builtin"):
        alice = (await callers["alice"]("GET", path)).json()["items"]
        oscar = (await callers["oscar"]("GET", path)).json()["items"]

        assert {each["task_config"] for each in alice} == {None}
        assert all(isinstance(each["task_config"], dict) for each in oscar)


@pytest.fixture
def team(fake, elsewhere):
    """Owns the application: its owner, and Oscar."""
    owner, oscar = elsewhere.member("owner"), elsewhere.member("oscar")
    fake.owned_by_team(owner, {oscar: "admin"})
    return owner, oscar


async def test_who_has_left_the_team_is_no_operator_an_hour_later(team, house, as_, eventually):
    owner, oscar = team
    asks = await as_(oscar)

    async def is_operator():
        status = await asks("GET", "/api/v1/scheduled-tasks/scheduler/status")
        return status.json()["late"] is not None

    assert await is_operator()
    house.owned_by_team(owner, {})
    house.clock.advance(3600)
    await eventually(is_operator, False)
