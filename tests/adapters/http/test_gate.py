"""What nobody gets past who has no good token, asks too often, or sends what cannot be read."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fastapi import Request
from pydantic import BaseModel

from rallypoint.adapters.http import bodies
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Caller, Scope
from rallypoint.ui.web.answers import api

ALICE, READER = "rp_alice", "rp_reader"
KNOWN = {
    ALICE: Caller(UserId(1), frozenset(Scope)),
    READER: Caller(UserId(2), frozenset({Scope.READ})),
}


class Sent(BaseModel):
    value: object = None


class Echo:
    """A feature's routes: they keep what came through."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.router = api("/api/v1", tag="echo")
        self.router.get("/who")(self.who)
        self.router.post("/echo")(self.echo)

    async def who(self, request: Request) -> str:
        self.seen.append(request.state.caller.user_id)
        return str(request.state.caller.user_id)

    async def echo(self, body: Sent) -> Sent:
        self.seen.append(body.value)
        return body


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def ask(browse, echo):
    async def caller_of(text: str) -> Caller | None:
        if text == "rp_down":
            raise Unavailable("no database")
        return KNOWN.get(text)

    async with browse(routers=[echo.router], caller_of=caller_of, api_per_minute=3) as client:
        client.headers["Authorization"] = f"Bearer {ALICE}"
        yield client


def json_of(content: str | bytes) -> dict[str, object]:
    return {"content": content, "headers": {"Content-Type": "application/json"}}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": ALICE},
        {"Authorization": f"Basic {ALICE}"},
        {"Authorization": f"Bearer {ALICE}x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer\u00a0rp".encode()},
        {"Cookie": f"token={ALICE}"},
    ],
    ids=["nothing", "no scheme", "basic", "unknown", "empty", "not ascii", "a cookie"],
)
@pytest.mark.parametrize("path", ["/api/v1/who", "/api/v1/echo", "/api/v1/openapi.json", "/api/x"])
async def test_without_a_good_token_there_is_one_answer_to_everything(ask, echo, given, path):
    del ask.headers["Authorization"]
    answer = await ask.post(path, headers=given, content=b"{")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "token_invalid"
    assert echo.seen == []


async def test_two_tokens_at_once_are_none(ask, echo):
    two = [("Authorization", f"Bearer {ALICE}"), ("Authorization", f"Bearer {READER}")]
    del ask.headers["Authorization"]

    assert (await ask.get("/api/v1/who", headers=two)).status_code == 401


async def test_the_scheme_is_read_in_any_case(ask):
    assert (
        await ask.get("/api/v1/who", headers={"Authorization": f"bEARER {ALICE}"})
    ).text == '"1"'


async def test_a_token_that_may_only_read_changes_nothing(ask, echo):
    reading = {"Authorization": f"Bearer {READER}"}
    read = await ask.get("/api/v1/who", headers=reading)
    written = await ask.post("/api/v1/echo", headers=reading, json={"value": 1})

    assert read.status_code == 200
    assert (written.status_code, written.json()["error"]["code"]) == (403, "token_read_only")
    assert echo.seen == [2]


async def test_the_fourth_request_of_a_minute_waits_for_its_end(ask, stopped):
    for seconds in (0, 20, 20):
        stopped.advance(timedelta(seconds=seconds))
        assert (await ask.get("/api/v1/who")).status_code == 200

    refused = await ask.get("/api/v1/who")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "21")
    assert refused.json()["error"]["code"] == "too_many_requests"
    stopped.advance(timedelta(seconds=20))
    assert (await ask.get("/api/v1/who")).status_code == 200
    assert (await ask.get("/api/v1/who")).status_code == 429


async def test_everybody_has_a_minute_of_their_own(ask):
    for _ in range(4):
        await ask.get("/api/v1/who")
    other = await ask.get("/api/v1/who", headers={"Authorization": f"Bearer {READER}"})

    assert other.status_code == 200


async def test_a_database_that_does_not_answer_is_no_refusal(ask):
    answer = await ask.get("/api/v1/who", headers={"Authorization": "Bearer rp_down"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_program_is_told_in_json_whatever_it_accepts(ask):
    answer = await ask.get("/api/v1/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_method_that_is_not_there_is_told_with_those_that_are(ask):
    answer = await ask.put("/api/v1/echo")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "sent",
    [
        "{",
        "",
        b"\xff\xfe{}",
        '{"value": NaN}',
        '{"value": Infinity}',
        '{"value": 1e999}',
        '{"value": 9223372036854775808}',
        '{"value": ' + "9" * 5000 + "}",
        '{"value": 1, "value": 2}',
        '{"value": "a\\u0000b"}',
        '{"value": "\\ud83d"}',
        '{"value": {"a\\u0000": 1}}',
        '{"value": ' + "[" * 25 + "]" * 25 + "}",
        "[" * 60_000,
        '{"value": ' + "[" * 30_000 + "]" * 30_000 + "}",
    ],
    ids=[
        *("torn", "empty", "not utf-8", "nan", "infinity", "too large a float", "65 bits"),
        *("5000 digits", "twice", "nul", "half a character", "nul in a name"),
        *("nested", "60000 open brackets", "30000 deep"),
    ],
)
async def test_json_that_readers_do_not_agree_on_is_refused(ask, echo, sent):
    answer = await ask.post("/api/v1/echo", **json_of(sent))

    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["code"] in ("json_invalid", "invalid")
    assert echo.seen == []


@pytest.mark.parametrize(
    "sent",
    ['{"value": 9223372036854775807}', '{"value": "🎲"}', '{"value": ' + "[" * 15 + "]" * 15 + "}"],
    ids=["63 bits", "a whole character", "nested less"],
)
async def test_what_is_just_good_comes_through(ask, sent):
    assert (await ask.post("/api/v1/echo", **json_of(sent))).status_code == 200


async def test_a_form_is_no_way_around_json(ask, echo):
    answer = await ask.post(
        "/api/v1/echo", content=b'{"value": 1}', headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 422
    assert echo.seen == []


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_is_read_up_to_its_limit(ask, echo, declared):
    def sized(size: int) -> bytes:
        return b'{"value": "' + b"x" * (size - 13) + b'"}'

    async def in_pieces(body: bytes):
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    fits, too_large = sized(64 * 1024), sized(64 * 1024 + 1)
    if not declared:
        fits, too_large = in_pieces(fits), in_pieces(too_large)
    good = await ask.post("/api/v1/echo", **json_of(fits))
    refused = await ask.post("/api/v1/echo", **json_of(too_large))

    assert good.status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")
    assert len(echo.seen) == 1


async def test_a_body_that_never_ends_coming_is_not_waited_for():
    async def receive():
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await bodies.read(receive, None, within=0.01)


@pytest.mark.parametrize("query", ["?x=1", "?limit=1&limit=2", "?=1"])
async def test_a_parameter_nobody_knows_is_refused(ask, query):
    answer = await ask.get(f"/api/v1/who{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "query_unknown")


async def test_what_is_not_below_api_needs_no_token(ask):
    del ask.headers["Authorization"]

    assert (await ask.get("/healthz")).status_code == 200


async def test_the_interface_is_described_without_the_pages(ask):
    description = (await ask.get("/api/v1/openapi.json")).json()

    assert set(description["paths"]) == {"/api/v1/who", "/api/v1/echo"}
    assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


async def test_no_other_site_may_read_an_answer(ask):
    crossed = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = await ask.options("/api/v1/echo", headers=crossed)

    assert not [name for name in answer.headers if name.startswith("access-control")]
