"""A route is read when somebody first comes by it, and once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies import utils

from rallypoint.ui.web.routing import router


async def twice(number: int) -> int:
    return 2 * number


async def sent() -> int:
    return 0


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whose signatures FastAPI has read."""
    calls: list[object] = []
    truly = utils.get_typed_signature

    def watched(call: Any) -> Any:
        calls.append(call)
        return truly(call)

    monkeypatch.setattr(utils, "get_typed_signature", watched)
    return calls


@pytest.fixture
def app(read) -> FastAPI:
    routes = router("/of")
    routes.get("/{number}")(twice)
    routes.post("/{number}")(sent)
    app = FastAPI(openapi_url=None)
    app.router.routes.extend(routes.routes)
    return app


@pytest.fixture
async def http(app):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        yield client


async def test_only_the_route_that_is_asked_for_is_read_and_once(http, read):
    before = list(read)
    answers = [(await http.get(f"/of/{number}")).json() for number in (2, 3)]

    assert answers == [4, 6]
    assert before == []
    assert read == [twice]


async def test_what_does_not_fit_is_refused_as_everywhere(http):
    asked = [("GET", "/of/x"), ("PUT", "/of/2"), ("HEAD", "/of/2"), ("GET", "/elsewhere")]

    assert [(await http.request(*each)).status_code for each in asked] == [422, 405, 405, 404]


async def test_a_description_has_those_that_nobody_came_by(app):
    described = app.openapi()["paths"]["/of/{number}"]

    assert {*described} == {"get", "post"}
    assert described["get"]["parameters"][0]["schema"] == {"type": "integer", "title": "Number"}
