"""Everything is made to fail, with all that is secret in the words of the error: none of it is to be read anywhere."""

from __future__ import annotations

import itertools
import json
import random
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from fakecord.faults.requests import Fault
from rallypoint.app import machinery
from rallypoint.kernel import jobs
from rallypoint.kernel.clock import SystemClock
from tests.rest.test_who_may_what import ROUTES, body
from tests.web.test_who_may_what import OWN, PAGES

from .errors import WAYS

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    # aio_pika leaves a connection that never came about to the collector, which is too late for its loop.
    pytest.mark.filterwarnings("ignore:coroutine 'Connection.close' was never awaited"),
]

PLACES = ("render", "1", "2", "3", "4")
OTHERS = (
    *(("GET", path) for path in ("/", "/login", "/login/discord", "/servers", "/healthz")),
    *(("GET", path) for path in ("/readyz", "/api/v1/openapi.json", "/nothing/here")),
)
LAST = ("/logout", "/me/forget", "/me/log-ins/end-others", "/me/log-ins/{key}/end")
"""They would end the log-in that all others come with."""
COMMANDS = (
    *("/room public", "/room panel", "/room show", "/room settings", "/room close"),
    *("/schedule list", "/notify list", "/doctor", "/room private"),
)
FAULTS: tuple[dict[str, Any], ...] = (
    *({"status": status} for status in (400, 403, 404, 500, 503)),
    *({"status": 502, "html": True}, {"reset": True}, {"status": 200}),
)
SHARE, MOST = 100, 2500
"""Of the requests that are to fail: in `make test`, and in `make chaos`."""


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    way: str
    place: str


def cases() -> Iterator[Case]:
    for method, path in (*PAGES, *OWN, *OTHERS, *ROUTES):
        if path not in LAST:
            for way, place in itertools.product(WAYS, PLACES):
                yield Case(method, path, way, place)


def chosen(whole: bool) -> list[Case]:
    found = list(cases())
    random.Random(20261126).shuffle(found)
    return sorted(found[: MOST if whole else SHARE], key=lambda each: each.path)


class Asking:
    def __init__(self, visits: Any, guild: Any, trap: Any, said: Any) -> None:
        self._visits, self._guild, self._trap, self._said = visits, guild, trap, said
        self._bearer = {"Authorization": f"Bearer {trap.texts['REST token']}"}

    async def ask(self, case: Case) -> None:
        names = {"guild": self._guild.id, "key": "rooms.empty_after"}
        where = re.sub(r"{(\w+)}", lambda name: names.get(name[1], "1"), case.path)
        headers = {"x-fail": f"{case.way}|{case.place}"}
        if where.endswith(("/live", "/stream")):
            await self._visits.status(case.method, where)
            return
        if where.startswith("/api/"):
            given = body((case.method, case.path), "1")
            more: Any = {} if given is None else {"json": given}
            answer = await self._visits.http.request(
                case.method, where, headers=headers | self._bearer, **more
            )
        else:
            answer = await self._visits(case.method, where, headers=headers)
        self._said.hear(f"{case.method} {case.path}", f"{answer.text}\n{answer.headers}")


async def jobs_fail(trap: Any, sessions: Any, ways: list[str], eventually: Any) -> None:
    """Every kind of job, in each of *ways*."""
    for way in ways:
        trap.everywhere = way
        async with sessions.begin() as session:
            for kind in machinery.kinds():
                due, key = SystemClock().now() - timedelta(hours=1), f"canary {way} {kind}"
                await jobs.schedule(session, kind, due=due, key=key)

        async def left(way: str = way) -> set[str]:
            async with sessions() as session:
                ran = select(jobs.Run.kind).where(jobs.Run.key.startswith(f"canary {way} "))
                return set(machinery.kinds()) - set(await session.scalars(ran))

        await eventually(left, set())
    trap.everywhere = None


async def commands_fail(trap: Any, alice: Any, said: Any, ways: list[str]) -> None:
    for way, command in itertools.product(ways, COMMANDS):
        trap.everywhere = way
        view = await alice.runs(command)
        answer = await view.answered()
        said.hear(f"the answer to {command}", f"{answer} {answer and answer.embeds}")
    trap.everywhere = None


async def discord_fails(fake: Any, alice: Any, visits: Any, said: Any, trap: Any) -> None:
    """It answers nonsense, and what it was told."""
    told = json.dumps({"message": " ".join(trap.texts.values()), "code": 50013, "error": "x"})
    struck = 0
    for fault in FAULTS:
        more: dict[str, Any] = {} if fault.get("html") or fault.get("reset") else {"body": told}
        set_ = [
            fake.faults.add(Fault(path=path, **fault, **more))
            for path in ("/guilds/{guild_id}/channels", "/oauth2/token", "/users/@me")
        ]
        view = await alice.runs("/room public")
        said.hear("the answer to a fault of Discord's", str(await view.answered()))
        answer = await visits.comes_back(await alice.authorizes(await visits.goes_to_discord()))
        said.hear("a log-in that failed", answer.text)
        fake.faults.clear()
        struck += sum(each.hits for each in set_)
    # A member opens six rooms an hour at most.
    assert struck >= len(FAULTS) + 6


async def deliveries_fail(
    receiving: Any, asks: Any, guild: Any, said: Any, trap: Any, eventually: Any
) -> None:
    """By every way out; the receiver says all it knows, and nobody but who set it up is told its address."""
    there = f"/api/v1/guilds/{guild.id}/destinations"
    path = f"canary-{secrets.token_hex(18)}"
    hook = f"{receiving.url}{path}"
    kinds = {
        "webhook.post": {"url": hook},
        "webhook.get": {"url": f"{hook}/{{event.kind}}", "template": ""},
        "redis.list": {"key": "canaries"},
        "redis.stream": {"key": "canaries"},
    }
    for kind, config in kinds.items():
        config.pop("template", None)
        made = await asks("POST", there, {"name": kind, "kind": kind, "config": config})
        assert made.status_code == 201, made.text
        one = f"{there}/{made.json()['id']}"
        if secret := made.json().get("secret"):
            trap.texts[f"secret of {kind}"] = secret
        assert (await asks("POST", f"{one}/test", {"event": "presence.joined"})).is_success
        log = f"{one}/deliveries"

        async def tried(log: str = log) -> bool:
            return bool((await asks("GET", log)).json()["items"][0]["attempts"])

        await eventually(tried, True)
        trap.texts["webhook path"] = path
        said.hear("the log of deliveries", (await asks("GET", log)).text)
        said.hear("a destination", (await asks("GET", one)).text, but=("webhook path",))


async def everything_is_read(
    said: Any, visits: Any, guild: Any, everything: Any, port: int
) -> None:
    async with httpx.AsyncClient() as client:
        said.hear("/metrics", (await client.get(f"http://127.0.0.1:{port}/metrics")).text)
    for page in ("overview", "schedules", "settings", "audit", "audit/export", "doctor"):
        said.hear(page, (await visits.get(f"/servers/{guild.id}/{page}")).text)
    for column, words in (await everything()).items():
        said.hear(f"the column {column}", words)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.chaos)])
async def test_a_thousand_errors_tell_nobody_a_secret(
    visits, said, trap, house, fake, guild, alice, sessions, eventually, everything, as_, whole,
    house_rules, receiving,
):  # fmt: skip
    some = list(WAYS) if whole else ["a chain", "headers"]
    await deliveries_fail(receiving, await as_(alice), guild, said, trap, eventually)
    await discord_fails(fake, alice, visits, said, trap)
    asking = Asking(visits, guild, trap, said)
    struck = [trap.struck]
    for case in chosen(whole):
        await asking.ask(case)
    struck.append(trap.struck)
    await jobs_fail(trap, sessions, some, eventually)
    struck.append(trap.struck)
    await commands_fail(trap, alice, said, some if whole else ["refused in no words", "headers"])
    struck.append(trap.struck)
    await everything_is_read(said, visits, guild, everything, house_rules["metrics_port"])
    tokens = {f"token of {each.id}": each.token for each in fake.core.world.interactions.values()}
    said.hear_log(tokens)
    told = said.hear_sentry()

    assert said.leaks == {}
    assert all(before < after for before, after in itertools.pairwise(struck)), struck
    assert struck[-1] >= (1000 if whole else SHARE / 2)
    assert {"A request failed", "a job failed", "discord.interaction_failed"} <= told.keys()
    # Which the server says of a request that we have said it of.
    assert "Exception in ASGI application\n" not in told
    assert told.total() >= (1000 if whole else SHARE / 4), told
