from __future__ import annotations

import io
import json
import logging
import sys

import pytest
import structlog

from rallypoint.adapters.telemetry import logs
from rallypoint.kernel.secrecy import REDACTED
from rallypoint.kernel.settings import FixedSettings

CANARY = "MTIz.canary.in-the-mine"
PASSWORD = 'pass"word/ä'

pytestmark = pytest.mark.usefixtures("_log_as_it_was")


class TalkativeError(Exception):
    pass


class Holder:
    def __repr__(self) -> str:
        return f"Holder({CANARY})"


@pytest.fixture(params=["json", "console"])
def sink(request) -> io.StringIO:
    stream = io.StringIO()
    chosen = FixedSettings(token=CANARY)
    logs.set_up(
        level="debug", form=request.param, secrets={*chosen.secrets, PASSWORD}, stream=stream
    )
    return stream


def fail_with(words: str) -> None:
    try:
        raise TalkativeError(words)
    except TalkativeError as inner:
        raise TalkativeError("outer") from inner


def log_a_value() -> None:
    structlog.get_logger().info("hello", token=CANARY, nested={"list": [CANARY, Holder()]})


def log_an_event() -> None:
    structlog.get_logger().info(f"the token is {CANARY}")


def log_a_traceback() -> None:
    try:
        fail_with(f"401 for {CANARY}")
    except TalkativeError:
        structlog.get_logger().exception("failed")


def log_by_a_library() -> None:
    logging.getLogger("discord.http").warning("sending %s", CANARY, extra={"headers": CANARY})


def log_a_librarys_traceback() -> None:
    try:
        fail_with(CANARY)
    except TalkativeError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")


def log_what_nobody_caught() -> None:
    try:
        fail_with(CANARY)
    except TalkativeError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def log_context() -> None:
    with structlog.contextvars.bound_contextvars(job=CANARY):
        structlog.get_logger().info("hello")


@pytest.mark.parametrize(
    "write",
    [
        log_a_value,
        log_an_event,
        log_a_traceback,
        log_by_a_library,
        log_a_librarys_traceback,
        log_what_nobody_caught,
        log_context,
    ],
)
def test_no_way_of_logging_shows_the_token(sink, write):
    write()

    assert REDACTED in sink.getvalue()
    assert "canary" not in sink.getvalue()


@pytest.mark.parametrize("spelling", [PASSWORD, "pass%22word%2F%C3%A4", "pass%22word/%C3%A4"])
def test_a_password_is_hidden_however_it_is_spelt(sink, spelling):
    structlog.get_logger().info("connecting", url=f"postgresql://u:{spelling}@host", value=spelling)

    assert "pass" not in sink.getvalue()


def test_what_a_database_is_told_is_in_no_log(sink):
    logging.getLogger("aiosqlite").debug("executing INSERT ('what alice wrote')")
    logging.getLogger("aiosqlite").warning("slow")

    assert "alice" not in sink.getvalue()
    assert "slow" in sink.getvalue()


def test_json_is_one_event_a_line_with_its_time_level_and_context():
    stream = io.StringIO()
    logs.set_up(level="info", form="json", stream=stream)

    with structlog.contextvars.bound_contextvars(guild=7):
        structlog.get_logger("rooms").warning("A room is\nlost", room=1)
    logging.getLogger("elsewhere").error("plain %s", "words")

    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == "A room is\nlost"
    assert (first["level"], first["guild"], first["room"]) == ("warning", 7, 1)
    assert first["timestamp"].endswith("Z")
    assert (second["message"], second["level"]) == ("plain words", "error")


def test_a_traceback_is_told_whole_in_one_line():
    stream = io.StringIO()
    logs.set_up(level="info", form="json", stream=stream)

    try:
        fail_with("inner")
    except TalkativeError:
        structlog.get_logger().exception("failed")

    (line,) = stream.getvalue().splitlines()
    assert "TalkativeError: inner" in json.loads(line)["exception"]


def test_less_than_the_level_is_not_logged():
    stream = io.StringIO()
    logs.set_up(level="warning", form="json", stream=stream)

    structlog.get_logger().info("no")
    logging.getLogger("other").info("no")

    assert stream.getvalue() == ""


def test_auto_is_json_where_nobody_looks():
    stream = io.StringIO()
    logs.set_up(level="info", form="auto", stream=stream)

    structlog.get_logger().info("hello")

    assert json.loads(stream.getvalue())["message"] == "hello"
