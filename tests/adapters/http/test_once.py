"""What is sent again with its `Idempotency-Key` is carried out once; what is read again, told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from fastapi import Depends, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select

from rallypoint.app import catalogue
from rallypoint.app.repeats import Repeats
from rallypoint.features.accounts.model import IdempotencyKey
from rallypoint.kernel.errors import Conflict, Forbidden, NotFound, Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Caller, Scope
from rallypoint.kernel.ports import Discord
from rallypoint.ui.web.answers import api
from rallypoint.ui.web.rights import WhoAsks

KEY = {"Idempotency-Key": "a key"}
DAY = timedelta(hours=24)
NOBODY = cast(Discord, None)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Order(BaseModel):
    what: str = ""


class Shop:
    """Says what it has been asked for so far."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.trouble: Exception | None = None
        self.begun, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()
        self.barred: set[int] = set()
        self.router = api("/api/v1", tag="shop")
        may = [Depends(self.check)]
        self.router.post("/orders", status_code=201, dependencies=may)(self.order)
        self.router.post("/others", status_code=201)(self.order)
        self.router.get("/orders")(self.count)
        self.router.get("/stream")(self.stream)

    def check(self, who: WhoAsks) -> None:
        if who.user_id in self.barred:
            raise Forbidden("member_lacks_role", role="customers")

    async def order(self, body: Order, answer: Response) -> dict[str, str]:
        self.begun.set()
        await self.open.wait()
        if self.trouble is not None:
            raise self.trouble
        self.orders.append(body.what)
        answer.headers["Location"] = f"/api/v1/orders/{len(self.orders)}"
        return {"secret": f"whsec {body.what} {len(self.orders)}"}

    async def count(self) -> list[str]:
        return self.orders

    async def stream(self) -> Response:
        return StreamingResponse(iter([b"data: 1\n\n"]), media_type="text/event-stream")


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
async def ask(browse, shop, sessions, stopped):
    people = {"alice": 1, "alice too": 1, "alice, reading": 1, "bob": 2}

    async def caller_of(text: str) -> Caller | None:
        scopes = {Scope.READ} if "reading" in text else frozenset(Scope)
        return Caller(UserId(people[text]), frozenset(scopes))

    parts = Parts(sessions, stopped, NOBODY)
    site = {"caller_of": caller_of, "repeats": Repeats(parts), "refusals": catalogue.refusals()}
    async with browse(routers=[shop.router], api_per_minute=10_000, **site) as client:
        client.headers["Authorization"] = "Bearer alice"
        yield client


@pytest.fixture
def order(ask):
    def order(what="tea", path="/api/v1/orders", who="alice", **headers):
        given = KEY | {"Authorization": f"Bearer {who}"} | headers
        return ask.post(path, json={"what": what}, headers=given)

    return order


async def test_sent_again_it_is_answered_as_it_was_and_nothing_is_done(
    shop, order, sessions, stopped
):
    first = await order()
    again = await order(who="alice too")
    async with sessions() as session:
        [row] = await session.scalars(select(IdempotencyKey))

    assert (first.status_code, shop.orders) == (201, ["tea"])
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers.pop("Idempotency-Replayed") == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers == first.headers
    assert again.headers["Location"] == "/api/v1/orders/1"
    # A secret that is told once must not lie there to be read.
    assert row.sealed
    assert b"whsec" not in row.sealed
    stopped.advance(DAY)
    assert (await order()).json() == {"secret": "whsec tea 2"}


async def test_who_may_not_any_more_is_refused_and_answered_again_once_they_may(shop, order):
    first = await order()
    shop.barred.add(1)
    refused = await order()
    shop.barred.clear()
    again = await order()

    assert (refused.status_code, "Idempotency-Replayed" in refused.headers) == (403, False)
    assert "whsec" not in refused.text
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert shop.orders == ["tea"]


async def test_a_token_that_may_only_read_is_not_told_what_another_was_told(shop, order):
    await order()
    answer = await order(who="alice, reading")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "token_read_only")
    assert "Idempotency-Replayed" not in answer.headers


async def test_what_does_not_fit_is_refused_again_as_it_was(ask):
    answers = [await ask.post("/api/v1/orders", json={"what": 1}, headers=KEY) for _ in range(2)]

    assert [each.status_code for each in answers] == [422, 422]
    assert answers[0].content == answers[1].content
    assert ["Idempotency-Replayed" in each.headers for each in answers] == [False, True]


async def test_another_request_or_person_or_no_key_is_another_thing(shop, order, ask):
    await order()
    body, path = await order("milk"), await order(path="/api/v1/others")
    query = await order(path="/api/v1/orders?x=1")

    for each in (body, path, query):
        assert each.status_code == 422
        assert each.json()["error"]["code"] == "idempotency_key_used"
        assert "Choose a new one" in each.json()["error"]["message"]
    assert (await order(who="bob")).status_code == 201
    assert (await order(**{"Idempotency-Key": "another"})).status_code == 201
    for _ in range(2):
        assert (await ask.post("/api/v1/orders", json={})).status_code == 201
    assert shop.orders == ["tea", "tea", "tea", "", ""]


@pytest.mark.parametrize(
    ("key", "status"),
    [("x", 201), ("~" * 255, 201), ("~" * 256, 422), ("", 422), ("a\tb", 422), ("é", 422)],
    ids=["one", "255", "256", "none", "tab", "not ascii"],
)
async def test_a_key_is_so_many_letters_that_can_be_seen(order, key, status):
    answer = await order(**{"Idempotency-Key": key.encode("latin-1")})

    assert answer.status_code == status
    assert status == 201 or answer.json()["error"]["code"] == "idempotency_key_invalid"


async def test_while_it_is_carried_out_the_second_is_asked_to_wait(shop, order):
    shop.open.clear()
    first = asyncio.create_task(order())
    await shop.begun.wait()
    second = await order()
    shop.open.set()

    assert second.json()["error"]["code"] == "idempotency_key_busy"
    assert second.headers["Retry-After"] == "2"
    assert (await first).status_code == 201
    assert (await order()).headers["Idempotency-Replayed"] == "true"
    assert shop.orders == ["tea"]


@pytest.mark.parametrize(
    ("trouble", "status", "is_kept"),
    [
        (NotFound("guild_unknown"), 404, True),
        (Conflict("guild_unknown"), 409, True),
        (Unavailable("away"), 503, False),
        (RuntimeError("a bug"), 500, False),
    ],
    ids=["not found", "conflict", "unavailable", "failed"],
)
async def test_a_no_is_kept_and_what_went_wrong_on_our_side_is_free_at_once(
    shop, order, trouble, status, is_kept
):
    shop.trouble = trouble
    first = await order()
    shop.trouble = None
    again = await order()

    assert first.status_code == status
    assert again.status_code == (status if is_kept else 201)
    assert ("Idempotency-Replayed" in again.headers) is is_kept


async def test_what_is_read_again_is_told_by_its_tag_and_a_stream_goes_through(ask, order):
    first = await ask.get("/api/v1/orders")
    tag = first.headers["ETag"]
    for given in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        same = await ask.get("/api/v1/orders", headers={"If-None-Match": given})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["ETag"] == tag
        assert same.headers["Cache-Control"] == "private, no-cache"
    await order()
    changed = await ask.get("/api/v1/orders", headers={"If-None-Match": tag})
    stream = await ask.get("/api/v1/stream", headers={"If-None-Match": "*"})
    missing = await ask.get("/api/v1/nothing", headers={"If-None-Match": "*"})

    assert (changed.status_code, changed.json()) == (200, ["tea"])
    assert (stream.status_code, stream.content) == (200, b"data: 1\n\n")
    assert "ETag" not in stream.headers
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


async def test_both_are_declared_wherever_they_are_done(ask):
    described = (await ask.get("/api/v1/openapi.json")).json()["paths"]
    post, get = described["/api/v1/orders"]["post"], described["/api/v1/orders"]["get"]

    assert [each["name"] for each in post["parameters"]] == ["Idempotency-Key"]
    assert {"409", "422"} <= set(post["responses"])
    assert "Idempotency-Replayed" in post["responses"]["201"]["headers"]
    assert [each["name"] for each in get["parameters"]] == ["If-None-Match"]
    assert "304" in get["responses"]


def test_every_route_that_takes_a_key_can_be_rehearsed(sessions, stopped):
    """Or what is sent again with one would be carried out again."""
    parts = Parts(sessions, stopped, NOBODY)
    routers = [make(parts) for feature in catalogue.FEATURES for make in feature.routers]
    posted = [
        route
        for router in routers
        for route in router.routes
        if "POST" in route.methods and route.path.startswith("/api/")
    ]

    assert len(posted) > 5
    assert not [route.path for route in posted if not hasattr(route.endpoint, "__wrapped__")]
