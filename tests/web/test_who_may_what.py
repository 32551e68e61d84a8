"""Every page, for everybody, in their own server, another's and none. One that is not in the table fails the test."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from rallypoint.adapters.http.application import create_app
from rallypoint.adapters.http.site import Site
from rallypoint.app import catalogue
from rallypoint.features.accounts import api as accounts
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.jobs import Interval, Job, schedules
from rallypoint.kernel.people import Operator, Role
from rallypoint.kernel.ports import Discord
from tests.web.conftest import COOKIE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""

V, O, A = Role.VIEWER, Role.ORGANISER, Role.ADMIN  # noqa: E741
GUILD = "/servers/{guild}"
PAGES: dict[tuple[str, str], Role] = {
    ("GET", f"{GUILD}/overview"): V,
    ("GET", f"{GUILD}/overview/live"): V,
    ("GET", f"{GUILD}/voice"): V,
    ("GET", f"{GUILD}/voice/live"): V,
    ("POST", f"{GUILD}/voice/{{id}}/close"): O,
    ("POST", f"{GUILD}/voice/{{id}}/hold"): O,
    ("POST", f"{GUILD}/voice/{{id}}/release"): O,
    ("GET", f"{GUILD}/schedules"): V,
    ("GET", f"{GUILD}/schedules/live"): V,
    ("GET", f"{GUILD}/schedules/new"): A,
    ("GET", f"{GUILD}/schedules/new/{{kind}}"): A,
    ("POST", f"{GUILD}/schedules/new/{{kind}}"): A,
    ("GET", f"{GUILD}/schedules/{{id}}"): V,
    ("GET", f"{GUILD}/schedules/{{id}}/live"): V,
    ("GET", f"{GUILD}/schedules/{{id}}/edit"): A,
    ("POST", f"{GUILD}/schedules/{{id}}/edit"): A,
    ("POST", f"{GUILD}/schedules/pause"): O,
    ("POST", f"{GUILD}/schedules/resume"): O,
    ("POST", f"{GUILD}/schedules/run"): O,
    ("POST", f"{GUILD}/schedules/delete"): A,
    ("GET", f"{GUILD}/subscriptions"): A,
    ("GET", f"{GUILD}/subscriptions/new"): A,
    ("POST", f"{GUILD}/subscriptions/new"): A,
    ("POST", f"{GUILD}/subscriptions/try"): A,
    ("GET", f"{GUILD}/subscriptions/{{id}}"): A,
    ("POST", f"{GUILD}/subscriptions/{{id}}"): A,
    ("POST", f"{GUILD}/subscriptions/pause"): A,
    ("POST", f"{GUILD}/subscriptions/resume"): A,
    ("POST", f"{GUILD}/subscriptions/delete"): A,
    ("GET", f"{GUILD}/destinations"): A,
    ("GET", f"{GUILD}/destinations/new"): A,
    ("GET", f"{GUILD}/destinations/new/{{kind}}"): A,
    ("POST", f"{GUILD}/destinations/new/{{kind}}"): A,
    ("GET", f"{GUILD}/destinations/{{id}}"): A,
    ("GET", f"{GUILD}/destinations/{{id}}/edit"): A,
    ("POST", f"{GUILD}/destinations/{{id}}/edit"): A,
    ("POST", f"{GUILD}/destinations/{{id}}/secret"): A,
    ("POST", f"{GUILD}/destinations/{{id}}/test"): A,
    ("POST", f"{GUILD}/destinations/pause"): A,
    ("POST", f"{GUILD}/destinations/resume"): A,
    ("POST", f"{GUILD}/destinations/delete"): A,
    ("GET", f"{GUILD}/deliveries"): A,
    ("GET", f"{GUILD}/deliveries/live"): A,
    ("GET", f"{GUILD}/deliveries/{{id}}"): A,
    ("GET", f"{GUILD}/deliveries/{{id}}/live"): A,
    ("GET", f"{GUILD}/deliveries/again"): A,
    ("POST", f"{GUILD}/deliveries/again"): A,
    ("POST", f"{GUILD}/deliveries/again/look"): A,
    ("POST", f"{GUILD}/deliveries/replay"): A,
    ("POST", f"{GUILD}/deliveries/replay-dead"): A,
    ("GET", f"{GUILD}/settings"): A,
    ("POST", f"{GUILD}/settings"): A,
    ("POST", f"{GUILD}/settings/reset/{{key}}"): A,
    ("GET", f"{GUILD}/settings/export"): A,
    ("POST", f"{GUILD}/settings/import"): A,
    ("GET", f"{GUILD}/rooms"): O,
    ("POST", f"{GUILD}/rooms"): A,
    ("POST", f"{GUILD}/rooms/reset/{{key}}"): A,
    ("POST", f"{GUILD}/rooms/bars/{{id}}/lift"): O,
    ("POST", f"{GUILD}/rooms/lobbies"): A,
    ("GET", f"{GUILD}/rooms/lobbies/{{id}}"): O,
    ("POST", f"{GUILD}/rooms/lobbies/{{id}}"): A,
    ("POST", f"{GUILD}/rooms/lobbies/{{id}}/reset/{{key}}"): A,
    ("POST", f"{GUILD}/rooms/lobbies/{{id}}/remove"): A,
    ("GET", f"{GUILD}/sessions"): O,
    ("POST", f"{GUILD}/sessions"): A,
    ("POST", f"{GUILD}/sessions/reset/{{key}}"): A,
    ("GET", f"{GUILD}/audit"): A,
    ("GET", f"{GUILD}/audit/export"): A,
    ("GET", f"{GUILD}/doctor"): A,
}
"""What somebody has to be in the server."""
SETTINGS = {
    ("GET", ""),
    ("POST", ""),
    ("POST", "/reset/{key}"),
    ("GET", "/export"),
    ("POST", "/import"),
}
SCHEDULES = {
    (method, path.removeprefix(f"{GUILD}/schedules"))
    for method, path in PAGES
    if path.startswith(f"{GUILD}/schedules")
}
PROGRAM = {
    *((method, f"/program/settings{path}") for method, path in SETTINGS),
    *((method, f"/program/schedules{path}") for method, path in SCHEDULES),
    ("GET", "/program/lanes"),
    ("POST", "/program/lanes"),
    ("POST", "/program/lanes/reset"),
    ("POST", "/program/lanes/{name}"),
    ("POST", "/program/lanes/{name}/remove"),
}
"""For who runs the program."""
OPEN = {
    ("GET", "/"): 200,
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", "/login"): 200,
    ("GET", "/login/discord"): 303,
    ("GET", "/login/callback"): 400,
    ("GET", "/servers"): 200,
    ("POST", "/logout"): 303,
}
"""What the program itself has, and what it answers to whoever comes. Of `/servers` strangers see nothing."""
OWN = {
    ("GET", "/me"),
    ("GET", "/me/export"),
    ("POST", "/me/zone"),
    ("POST", "/me/log-ins/end-others"),
    ("POST", "/me/log-ins/{key}/end"),
    ("POST", "/me/tokens"),
    ("POST", "/me/tokens/{key}/revoke"),
    ("POST", "/me/forget"),
    ("GET", "/rest"),
    ("GET", "/rest/{section}"),
}
"""For whoever is logged in, of what is theirs; and what anybody of them may read."""

NAMES_IN_FORM = ("pause", "resume", "run", "delete", "try", "replay")
"""Their form says which one is meant."""
SAYS_FIRST = {
    "release": 409,
    "import": 422,
    "lobbies": 404,
    "secret": 200,
    "look": 200,
    **dict.fromkeys(["new", "{kind}", "{id}", "edit", "try"], 422),
}
"""What is answered to who may, where there is nothing to be done, or nothing was filled in."""
ALIKE = ("subscriptions", "destinations", "deliveries")
FEWER = ("nobody", "mallory", "charlie", "olga", "alice")
"""Callers of the sections that are `ALIKE`: they ask the same of whoever comes as those before them, of which all are
asked by everybody."""

STRANGERS = ("nobody", "expired", "ended")
ROLES: dict[str, dict[str, Role]] = {
    "arena": {
        "charlie": Role.MEMBER, "vera": V, "olga": O, "bob": A, "alice": A, "oscar": A,
    },
    "elsewhere": {"mallory": A, "oscar": A},
    "nowhere": {},
}  # fmt: skip
CALLERS = (*STRANGERS, "mallory", "charlie", "vera", "olga", "bob", "alice", "oscar")


def expected(caller: str, route: tuple[str, str], place: str, thing: str) -> set[int]:
    method, path = route
    if caller in STRANGERS:
        return {303} if method == "GET" and not path.endswith("/live") else {401}
    role = ROLES[place].get(caller)
    if role is None:
        return {404}
    if role < PAGES[route]:
        return {403}
    if thing not in ("", "own"):
        return {404}
    done = SAYS_FIRST.get(path.rpartition("/")[2], 303)
    return {200} if method == "GET" else {303, done}


def of_program(caller: str, method: str, path: str) -> int:
    if caller in STRANGERS:
        return 303 if method == "GET" and not path.endswith("/live") else 401
    if caller != "oscar":
        return 403
    if method == "POST" and path.startswith("/program/lanes"):
        return 303 if path.endswith("/reset") else 422
    return 200 if method == "GET" else SAYS_FIRST.get(path.rpartition("/")[2], 303)


@pytest.fixture
async def callers(oscar, house, in_, alice, bob, charlie, mallory, vera, olga, http, sessions):
    ended = await in_(alice)
    async with sessions.begin() as session:
        await accounts.end_all(session, of=UserId(int(alice.id)))
    found = {
        "nobody": await in_(charlie),
        "expired": await in_(alice, ago=timedelta(days=31)),
        "ended": ended,
    }
    found["nobody"].cookies.clear()
    people = (mallory, charlie, vera, olga, bob, alice, oscar)
    return found | {each.name: await in_(each) for each in people}


@pytest.fixture
def places(guild, elsewhere):
    return {"arena": guild.id, "elsewhere": elsewhere.id, "nowhere": "999999999999999999"}


@pytest.fixture
def plant(sessions):
    """A room in that server, whose channel nobody has seen."""
    count = iter(range(1, 1_000_000))

    async def plant(guild_id: str) -> str:
        number = next(count)
        room = rooms.Room(
            guild_id=int(guild_id),
            channel_id=number,
            kind="public",
            name="planted",
            owner_id=1,
            operation=f"planted {number}",
            state=rooms.State.OPEN,
            requested_at=SystemClock().now(),
            opened_at=SystemClock().now(),
        )
        async with sessions.begin() as session:
            session.add(room)
            await session.flush()
            return str(room.id)

    return plant


@pytest.fixture
def plant_schedule(sessions):
    async def plant(guild_id: str) -> str:
        async def nothing(_work):
            return

        kinds = {"rooms.reconcile": Job(handler=nothing, custom=True)}
        wanted = schedules.Wanted(
            name="planted",
            kind="rooms.reconcile",
            recurrence=Interval(timedelta(hours=1)),
            guild_id=int(guild_id),
        )
        now = SystemClock().now()
        async with sessions.begin() as session:
            return str((await schedules.create(session, kinds, wanted, by=None, now=now)).id)

    return plant


@pytest.fixture
def plant_lobby(set_setting):
    """There again, if it was there before."""

    async def plant(guild_id: str) -> str:
        lobby = str(int(guild_id) + 1001)
        await set_setting("rooms.lobbies", lobby, int(guild_id))
        return lobby

    return plant


@pytest.fixture
def plants(plant, plant_lobby, plant_schedule, plant_subscription, plant_destination):
    """By section: who makes what its pages name. A delivery has the number of its destination."""
    return {
        "rooms": plant_lobby,
        "voice": plant,
        "schedules": plant_schedule,
        "subscriptions": plant_subscription,
        "destinations": plant_destination,
        "deliveries": plant_destination,
    }


ENDS = {
    ("voice", "close"),
    ("schedules", "delete"),
    ("subscriptions", "delete"),
    ("destinations", "delete"),
}


def section_of(path: str) -> str:
    return path.split("/")[3]


def cases(caller):
    """Of what is not theirs to ask for at all, it makes no difference which one they name."""
    for route, needed in PAGES.items():
        is_alike = section_of(route[1]) in ALIKE
        if is_alike and caller not in FEWER:
            continue
        named = "{id}" in route[1] or route[1].endswith(NAMES_IN_FORM)
        # Who is not barred may be let make rooms again, and stays so.
        named = named and "/bars/" not in route[1]
        for place in ("arena",) if is_alike or caller in STRANGERS else ROLES:
            may = ROLES[place].get(caller, Role.MEMBER) >= needed
            things = ("own", "foreign", "missing") if may else ("own",)
            for thing in things if named else ("",):
                yield route, place, thing


async def test_everybody_is_answered_as_they_may(callers, places, plants):
    wrong = {}
    two = ("arena", "elsewhere")
    own = {(name, at): await plants[name](places[at]) for name in plants for at in two}
    for caller, visits in callers.items():
        for place in two:
            own["rooms", place] = await plants["rooms"](places[place])
        for (method, path), place, thing in cases(caller):
            section = section_of(path)
            other = "elsewhere" if place == "arena" else "arena"
            ids = {"own": own.get((section, place)), "foreign": own.get((section, other))}
            which = (ids | {"missing": "123456789"}).get(thing) or "1"
            where = address(path, places[place], which)
            form = {"data": {"id": which, "event": "rooms.opened"}} if method == "POST" else {}
            status = await visits.status(method, where, **form)
            if status not in expected(caller, (method, path), place, thing):
                wrong[caller, method, path, place, thing] = status
            if (section, path.rpartition("/")[2]) in ENDS and status == 303:
                own[section, place] = await plants[section](places[place])

    assert wrong == {}


def address(path, guild_id, which):
    kind = "rooms.reconcile" if "/schedules/" in path else "webhook.post"
    return path.format(guild=guild_id, id=which, key="rooms.empty_after", kind=kind, name="default")


async def test_what_is_of_no_server_is_for_everybody_or_for_who_runs_the_program(callers):
    wrong = {}
    for caller, visits in callers.items():
        for method, path in sorted(PROGRAM):
            form: dict[str, Any] = {"data": {}} if method == "POST" else {}
            wanted = of_program(caller, method, path)
            # The first schedule is one that the program brings along.
            status = await visits.status(method, address(path, "", "1"), **form)
            if status != wanted:
                wrong[caller, method, path] = status
        for (method, path), done in OPEN.items():
            wanted = 303 if path == "/servers" and caller in STRANGERS else done
            status = await visits.status(method, path)
            if status != wanted:
                wrong[caller, method, path] = status
        # The last of them was the way out.
        assert await visits.status("GET", "/servers") == 303

    assert wrong == {}


async def test_what_is_ones_own_is_nobody_elses(callers, sessions, alice):
    """A stranger is sent away; of another's log-in and token there is no trace."""
    async with sessions.begin() as session:
        now = SystemClock().now()
        (first, *_) = await accounts.list_of(session, UserId(int(alice.id)), now=now)
        made = await accounts.create_token(
            session, user_id=UserId(int(alice.id)), by=Operator(), now=now
        )
    wrong = {}
    for caller in (*STRANGERS, "charlie", "alice"):
        # Whoever has ended their own log-in is a stranger.
        last = ["/me/log-ins/{key}/end", "/me/forget"]
        for method, path in sorted(
            OWN, key=lambda each: each[1] in last and last.index(each[1]) + 1
        ):
            if path in ("/me/forget", "/me/log-ins/end-others") and caller == "alice":
                continue
            key = made.token.id if "tokens" in path else first.id
            answer = await callers[caller](method, path.format(key=key, section="voice"), data={})
            stranger = {303} if method == "GET" else {401}
            theirs = {422} if path == "/me/tokens" else {200} if method == "GET" else {303}
            wanted = stranger if caller in STRANGERS else theirs
            if caller == "charlie" and "{key}" in path:
                wanted = {404}
            if answer.status_code not in wanted:
                wrong[caller, method, path] = answer.status_code

    assert wrong == {}


def declared() -> set[tuple[str, str]]:
    """Every route of the application, but for those of the REST interface, which has a table of its own."""
    parts = Parts(cast("object", None), SystemClock(), cast(Discord, None))  # type: ignore[arg-type]
    sections = [make(parts) for each in catalogue.FEATURES for make in each.sections]
    app = create_app(
        Site(
            clock=SystemClock(),
            parts=cast("Any", None),
            overview=cast("Any", None),
            entrance=cast("Any", object()),
            sections=sections,
        )
    )
    while not isinstance(app, FastAPI):
        app = cast("Any", app)._app
    routes = [each for each in app.routes if isinstance(each, APIRoute)]
    return {
        (method, route.path)
        for route in routes
        for method in route.methods or ()
        if not route.path.startswith("/api/")
    }


def test_every_page_there_is_is_in_the_table(database_url):
    assert declared() == {*PAGES, *OWN, *PROGRAM, *OPEN}


async def test_a_page_elsewhere_cannot_send_any_form(callers, places, plant, audit_log):
    room = await plant(places["arena"])
    before = len(await audit_log(None))
    forms = [path for method, path in (*PAGES, *OWN, *PROGRAM, *OPEN) if method == "POST"]
    wrong = {}
    for path in forms:
        for headers in (
            {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
            {"sec-fetch-site": "same-site", "origin": "https://evil.example"},
            {"sec-fetch-site": "same-site", "origin": "null"},
            {"sec-fetch-site": "none"},
            {"sec-fetch-site": None, "origin": "https://evil.example"},
            {"sec-fetch-site": None, "origin": "null"},
            {"sec-fetch-site": None},
            {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
        ):
            where = address(path, places["arena"], room)
            answer = await callers["alice"]("POST", where, headers=headers)
            if answer.status_code != 403:
                wrong[path, str(headers)] = answer.status_code

    assert wrong == {}
    assert len(await audit_log(None)) == before


async def test_a_browser_that_says_less_is_believed_by_its_origin(callers, dashboard):
    headers = {"sec-fetch-site": None, "origin": dashboard}
    answer = await callers["alice"]("POST", "/logout", headers=headers)

    assert answer.status_code == 303


async def test_a_script_elsewhere_reads_nothing(callers, places):
    path = f"/servers/{places['arena']}/voice"
    for site in ("cross-site", "same-site"):
        for mode in ("cors", "no-cors", "websocket"):
            headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
            assert (await callers["alice"].get(path, headers=headers)).status_code == 403
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert (await callers["alice"].get(path, headers=headers)).status_code == 200


async def test_a_cookie_that_we_did_not_give_is_nobodys(house, http, in_, alice):
    visits = await in_(alice)
    for text in ("", "x", "x" * 43, visits.cookies[COOKIE][:-1], visits.cookies[COOKIE] + "x"):
        visits.cookies[COOKIE] = text
        assert (await visits.get("/servers")).status_code == 303


async def test_who_loses_their_role_loses_the_page_within_a_minute(
    house, guild, alice, olga, in_, plant
):
    visits = await in_(olga)
    room = await plant(guild.id)
    path = f"/servers/{guild.id}/voice"
    before = await visits.send(f"{path}/{room}/hold")
    await alice.manages.gives_role("crew", olga.id, on=False)
    house.clock.advance(61)
    after = await visits.send(f"{path}/{room}/release")
    seen = await visits.get(path, headers={"accept-language": "de"})

    assert [each.status_code for each in (before, after, seen)] == [303, 403, 403]
    assert "Das ist nicht für dich" in seen.text
    assert "Das ist für Zuschauer dieses Servers." in seen.text
