"""Whoever makes up tokens costs little, and keeps nobody else from being served."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from rallypoint.adapters.http.application import create_app
from rallypoint.adapters.http.site import Site
from rallypoint.adapters.http.tokens import household_of
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Caller, Scope
from rallypoint.ui.web.answers import api

ALICE = "rp_alice"
MOST = 3


class Known:
    """Who is asked about tokens: counts, and knows Alice's until she has lost it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.good = {ALICE}
        self.down = False
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, text: str) -> Caller | None:
        self.asked.append(text)
        await self.open.wait()
        if self.down:
            raise Unavailable("no database")
        return Caller(UserId(1), frozenset(Scope)) if text in self.good else None


@pytest.fixture
async def callers():
    return Known()


@pytest.fixture
def ask(known, stopped, callers):
    """`await ask("rp_x", of="192.0.2.1")`: the answer."""
    router = api("/api/v1", tag="echo")

    @router.get("/who")
    async def who() -> str:
        return "here"

    app = create_app(
        Site(
            clock=stopped,
            parts=known.parts,
            overview=known.overview,
            routers=[router],
            caller_of=callers,
            bad_tokens_per_minute=MOST,
        )
    )

    async def ask(token: str | None, *, of: str = "192.0.2.1"):
        transport = httpx.ASGITransport(app, client=(of, 1))
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/api/v1/who", headers=headers)

    return ask


async def test_after_so_many_nobody_is_asked_for_a_minute_and_it_is_said_what_to_do(
    ask, callers, stopped
):
    statuses = [(await ask(f"rp_{number}")).status_code for number in range(MOST)]
    refused = await ask("rp_more")
    asked = len(callers.asked)
    stopped.advance(timedelta(minutes=1))

    assert statuses == [401] * MOST
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "61")
    assert refused.json()["error"]["code"] == "too_many_bad_tokens"
    assert "rallypoint token list" in refused.json()["error"]["message"]
    assert asked == MOST
    assert (await ask("rp_more")).status_code == 401


async def test_as_many_at_once_are_not_looked_up_either(ask, callers):
    callers.open.clear()
    asking = [asyncio.create_task(ask(f"rp_{number}")) for number in range(50)]
    while sum(task.done() for task in asking) < 50 - MOST:  # noqa: ASYNC110  # tasks have no common event
        await asyncio.sleep(0)
    callers.open.set()
    answers = await asyncio.gather(*asking)

    assert len(callers.asked) == MOST
    assert sorted(answer.status_code for answer in answers) == [401] * MOST + [429] * (50 - MOST)


async def test_another_address_is_served_throughout(ask):
    for number in range(50):
        await ask(f"rp_{number}")

    assert (await ask(ALICE, of="192.0.2.2")).status_code == 200


async def test_whose_token_was_good_before_is_served_also_behind_the_same_proxy(ask):
    await ask(ALICE)
    for number in range(50):
        await ask(f"rp_{number}")

    assert (await ask(ALICE)).status_code == 200


async def test_one_that_was_good_and_is_no_more_is_one_of_the_bad(ask, callers):
    await ask(ALICE)
    callers.good.clear()
    statuses = [(await ask(ALICE)).status_code for _ in range(MOST + 2)]

    assert statuses == [401] * (MOST + 1) + [429]


async def test_good_ones_do_not_count_and_neither_does_an_outage(ask, callers):
    callers.good |= {f"rp_{number}" for number in range(2 * MOST)}
    statuses = {(await ask(each)).status_code for each in sorted(callers.good)}
    callers.down = True
    down = {(await ask(f"rp_new_{number}")).status_code for number in range(2 * MOST)}
    callers.down = False

    assert (statuses, down) == ({200}, {503})
    assert (await ask("rp_other")).status_code == 401


async def test_who_shows_none_is_told_so_as_often_as_they_like(ask, callers):
    statuses = {(await ask(None)).status_code for _ in range(2 * MOST)}

    assert (statuses, callers.asked) == ({401}, [])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("testclient", "", False),
    ],
)
def test_who_may_choose_among_addresses_is_still_one(one, other, same):
    assert (household_of(one) == household_of(other)) is same
