from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from rallypoint.kernel.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unavailable,
)

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
REFUSALS = {"room_full": "There are {most} in that room already."}


@pytest.fixture
def raise_it(browse):
    """GET a path that raises the error."""

    async def raise_it(error: Exception, **headers: str):
        router = APIRouter()

        @router.get("/servers/{guild}/fail")
        async def fail(guild: int) -> None:
            raise error

        site = browse(routers=[router], refusals=REFUSALS)
        return await site.get("/servers/7/fail", headers=headers)

    return raise_it


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("room_full", most=3), 422, "room_full"),
        (NotFound("room_gone"), 404, "room_gone"),
        (Forbidden("discord_forbids"), 403, "discord_forbids"),
        (Conflict("guild_full"), 409, "guild_full"),
        (Unavailable("boom"), 503, "unavailable"),
        (OutcomeUnknown("boom"), 504, "outcome_unknown"),
        (RuntimeError("secret detail"), 500, "failed"),
        (OperationalError("SELECT 1", {}, Exception("connection lost")), 503, "unavailable"),
        (ConnectionRefusedError("no database"), 503, "unavailable"),
        (IntegrityError("INSERT", {}, Exception("not unique")), 500, "failed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_each_kind_of_no_has_its_status(raise_it, error, status, code):
    with capture_logs():
        answer = await raise_it(error)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "Content-Security-Policy" in answer.headers


async def test_a_refusal_is_said_in_its_features_words(raise_it):
    answer = await raise_it(Refused("room_full", most=3))

    assert answer.json()["error"]["message"] == "There are 3 in that room already."


async def test_a_browser_gets_a_page_whose_facts_are_text(raise_it):
    answer = await raise_it(Refused("room_full", most="<b>"), **BROWSER)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There are &lt;b&gt; in that room already." in answer.text


async def test_who_should_come_back_is_told_when(raise_it):
    answer = await raise_it(Unavailable("busy", retry_in=timedelta(seconds=7)))

    assert answer.headers["Retry-After"] == "8"


async def test_a_defect_is_logged_with_a_number_to_quote_and_shows_nothing_else(raise_it):
    with capture_logs() as logged:
        answer = await raise_it(RuntimeError("secret detail"))

    (line,) = [each for each in logged if each["event"] == "A request failed"]
    assert line["error_id"] in answer.json()["error"]["message"]
    assert (line["path"], line["guild_id"]) == ("/servers/7/fail", "7")
    assert "secret detail" not in answer.text


async def test_a_path_that_is_not_there_is_said_in_the_readers_form(browse):
    program = await browse().get("/nowhere")
    person = await browse().get("/nowhere", headers=BROWSER)

    assert (program.status_code, program.json()["error"]["code"]) == (404, "not_found")
    assert person.status_code == 404
    assert "<h1>There is no such page</h1>" in person.text


async def test_a_wrong_method_says_so(browse):
    answer = await browse().post("/", headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
