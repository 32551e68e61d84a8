from __future__ import annotations

import io
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import sentry_sdk
import structlog

from rallypoint.adapters.telemetry import logs, tracking
from rallypoint.adapters.telemetry.sentry import (
    BURST,
    MOST_CHARACTERS,
    MOST_OF_A_TAG,
    Reporter,
    set_up,
)
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.secrecy import REDACTED
from rallypoint.kernel.settings import FixedSettings

from .sentries import KEY, Sentry, sentry

CANARY = "MTIz.canary.in-the-mine"

log = structlog.get_logger("rooms")
pytestmark = pytest.mark.usefixtures("_log_as_it_was")


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def told() -> Iterator[Sentry]:
    with sentry() as told:
        yield told


@pytest.fixture
def report(lines):
    """Whoever logs reports, from then on."""
    made: list[Reporter] = []

    def report(dsn, **more):
        chosen = FixedSettings(token=CANARY, sentry_dsn=dsn, **more)
        logs.set_up(level="debug", form="json", secrets=chosen.secrets, stream=lines)
        made.append(set_up(chosen))
        return made[-1]

    yield report
    for reporter in made:
        reporter.close()
    for thread in threading.enumerate():
        if thread.name.startswith("sentry-sdk"):
            thread.join(10)


@pytest.fixture
def reporter(report, told):
    return report(told.dsn)


def failed(words: str = "boom") -> ValueError:
    variable = f"{words} in a variable"
    try:
        raise ValueError(words)
    except ValueError as error:
        assert variable
        return error


def test_an_error_is_told_with_where_it_was_and_what_it_was_about(reporter, told):
    with structlog.contextvars.bound_contextvars(job="rooms.close", operation="7@noon"):
        log.error("a room is lost", guild=1, channel=2, user=3, name="Alice", exc_info=failed())
    reporter.close()

    (event,) = told.events
    (error,) = event["exception"]["values"]
    frame = error["stacktrace"]["frames"][-1]
    assert (error["type"], error["value"], frame["function"]) == ("ValueError", "boom", "failed")
    assert frame["context_line"].strip().startswith("raise ValueError")
    assert event["logentry"]["message"] == "a room is lost"
    assert (event["logger"], event["level"]) == ("rooms", "error")
    assert event["tags"] == {
        "guild_id": "1",
        "channel_id": "2",
        "user_id": "3",
        "job": "rooms.close",
        "operation": "7@noon",
    }


async def test_a_job_that_fails_is_told_once_an_attempt(reporter, told, sessions, drain, clock):
    async def fail(_: jobs.Work) -> None:
        raise failed()

    async with sessions.begin() as session:
        await jobs.schedule(session, "rooms.close", due=clock.now(), key="room:7", room_id=7)
    await drain({"rooms.close": jobs.Job(handler=fail)})
    reporter.close()

    (event,) = told.events
    assert event["logentry"]["message"] == "a job failed"
    assert event["tags"] == {
        "job": "rooms.close",
        "operation": f"room:7@{clock.now().isoformat()}",
        "attempt": "1",
        "room_id": "7",
    }


def test_it_says_which_version_it_was_and_where(report, told):
    reporter = report(told.dsn, sentry_environment="staging")
    log.error("bad", exc_info=failed())
    reporter.close()

    (event,) = told.events
    assert event["environment"] == "staging"
    assert event["release"].startswith("rallypoint@0.")


def test_nothing_else_is_told(reporter, told):
    log.info("Alice went", name="Alice")
    logging.getLogger("discord").warning("Alice went")
    log.error("Alice's room is lost, and there is no trace")
    sentry_sdk.add_breadcrumb(message="Alice went")
    log.error("bad", exc_info=failed(), name="Alice", nested={"name": "Alice"})
    reporter.close()

    (event,) = told.events
    envelope = told.envelopes[0]
    unwanted = {"breadcrumbs", "request", "user", "extra", "modules", "threads"}
    assert not unwanted & set(event)
    assert event["sdk"]["integrations"] == []
    assert event["server_name"] == ""
    assert set(event["contexts"]) == {"runtime"}
    assert "Alice" not in envelope
    assert "in a variable" not in envelope
    assert socket.gethostname() not in envelope
    assert "abs_path" not in envelope


def test_an_error_is_told_once_though_library_after_library_logs_it(reporter, told):
    error = failed()
    log.error("A request failed", error_id="1a2b", exc_info=error)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    log.error("another", exc_info=failed())
    reporter.close()

    assert [each["logentry"]["message"] for each in told.events] == ["A request failed", "another"]


def test_what_nobody_caught_is_told_as_the_end_of_the_program(reporter, told):
    error = failed()
    sys.excepthook(type(error), error, error.__traceback__)
    reporter.close()

    (event,) = told.events
    (value,) = event["exception"]["values"]
    assert (event["level"], value["mechanism"]["handled"]) == ("fatal", False)


def test_all_of_a_chain_and_of_a_group_is_told(reporter, told):
    group = ExceptionGroup("several", [failed("one"), failed("two")])
    group.__cause__ = failed("before")
    log.error("bad", exc_info=group)
    reporter.close()

    (event,) = told.events
    values = {each["value"] for each in event["exception"]["values"]}
    assert {"one", "two", "before"} <= values


@pytest.mark.parametrize(
    "write",
    [
        lambda: log.error("bad", exc_info=failed(f"401 for {CANARY}")),
        lambda: log.error(f"bad {CANARY}", exc_info=failed()),
        lambda: log.error("bad", exc_info=failed(), path=f"/x?{CANARY}", key=CANARY),
        lambda: logging.getLogger(CANARY).error("bad", exc_info=failed()),
        lambda: log.error("bad", exc_info=failed("x" * (MOST_CHARACTERS - 9) + CANARY)),
        lambda: log.error("bad", exc_info=failed(), path="x" * (MOST_OF_A_TAG - 9) + CANARY),
        lambda: log.error("bad", exc_info=failed(f"{KEY} 7")),
    ],
    ids=["error", "message", "tags", "logger", "cut", "cut tag", "its own key"],
)
def test_no_part_of_what_is_told_shows_a_secret(reporter, told, write):
    write()
    reporter.close()

    (envelope,) = told.envelopes
    assert REDACTED[:9] in envelope
    assert "canary" not in envelope
    assert KEY not in envelope


def test_a_sentry_that_is_away_harms_nobody_and_is_said_once(report, lines):
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    reporter = report(f"http://{KEY}@127.0.0.1:{port}/7")
    for _ in range(3):
        log.error("bad", exc_info=failed())
    reporter.close()
    said = [json.loads(line) for line in lines.getvalue().splitlines()]

    assert [each["message"] for each in said if each["level"] == "error"] == ["bad"] * 3
    (warning,) = [each for each in said if each["message"] == "Errors do not arrive at Sentry"]
    assert warning["reason"] == "network"
    assert KEY not in lines.getvalue()


def test_a_sentry_that_takes_nothing_is_said_with_its_answer(report, lines):
    with sentry(status=403) as told:
        reporter = report(told.dsn)
        log.error("bad", exc_info=failed())
        reporter.close()

    assert '"reason":"status_403"' in lines.getvalue()


def test_one_that_does_not_answer_keeps_the_end_of_the_program_no_longer_than_two_seconds(report):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        reporter = report(f"http://{KEY}@127.0.0.1:{silent.getsockname()[1]}/7")
        began = time.monotonic()
        log.error("bad", exc_info=failed())
        logged = time.monotonic()
        reporter.close()

        assert logged - began < 1
        assert 1.9 < time.monotonic() - logged < 4


def test_a_storm_of_errors_is_told_in_part(reporter, told, lines):
    for _ in range(BURST + 50):
        log.error("bad", exc_info=failed())
    reporter.close()

    assert BURST - 10 <= len(told.events) <= BURST + 20
    assert '"reason":"too many"' in lines.getvalue()


def test_what_cannot_even_be_said_harms_nobody(reporter, told):
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    log.error("bad", exc_info=Mute())
    log.error("worse", exc_info=failed())
    reporter.close()

    assert "worse" in [each["logentry"]["message"] for each in told.events]


def test_what_was_told_arrives_though_the_program_ends_at_once(told):
    program = f"""
import logging
from rallypoint.adapters.telemetry import logs, sentry
from rallypoint.kernel.settings import FixedSettings
logs.set_up(level="error", form="json")
sentry.set_up(FixedSettings(sentry_dsn="{told.dsn}"))
raise RuntimeError("the end")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50
    )

    assert [each["exception"]["values"][0]["value"] for each in told.events] == ["the end"]
    assert done.returncode == 1
    # One line of the log, and no word of the library's.
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_nothing_is_imported_where_nothing_is_to_be_told():
    program = (
        "import sys, rallypoint.cli, rallypoint.app.program, rallypoint.app.worker;"
        "sys.exit('sentry_sdk' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=50).returncode == 0
    assert not tracking.is_wanted(FixedSettings(), find=lambda _: None)


def test_where_the_library_is_not_there_it_is_said_how_to_get_it():
    chosen = FixedSettings(sentry_dsn=f"https://{KEY}@sentry.example/1")

    with pytest.raises(CannotStart, match=r"pip install 'rallypoint\[sentry\]'") as refused:
        tracking.is_wanted(chosen, find=lambda _: None)
    assert KEY not in str(refused.value)
    assert tracking.is_wanted(chosen)
