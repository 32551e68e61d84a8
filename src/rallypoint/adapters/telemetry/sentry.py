"""Errors told to a Sentry, or to a GlitchTip: whatever the log tells with a trace, once.

Nothing is collected for them. No integration is switched on, so nothing of a request, no local variable, no line of
the log before it goes along: the error, where it was, and numbers and names by which it can be found.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import structlog
from sentry_sdk import Client
from sentry_sdk.transport import HttpTransport
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import capture_internal_exceptions, event_from_exception

from rallypoint.kernel.secrecy import SECRECY
from rallypoint.kernel.settings import Settings

SHUTDOWN = 2.0
"""Seconds for what is still to be sent when the program ends."""
MOST_CHARACTERS = 8000
MOST_OF_A_TAG = 200
"""Sentry leaves longer ones out."""
WORDS = frozenset(
    {
        *("command", "discord_event", "error_id", "gatherer", "job", "key", "kind", "listener"),
        *("operation", "part", "path", "guild_id"),
    }
)
"""What a line of the log says in words that goes along; of numbers, all do."""
SAME = {
    "guild": "guild_id",
    "channel": "channel_id",
    # Sentry keeps `user` for itself.
    **dict.fromkeys(("user", "member", "member_id"), "user_id"),
}
LEFT_OUT = frozenset({"abs_path", "vars"})
"""Of a frame: the folders of this machine, and what another user of the library in this process may have it collect."""
BURST = 100
"""Errors that are told at once: each costs the event loop some milliseconds. Then it is one a second."""
QUIET = 600.0
"""Seconds before it is said again that errors do not arrive."""

log = structlog.get_logger(__name__)


class Post(HttpTransport):
    """In a thread of its own, which begins with the first error. What finds no room among a hundred is dropped."""

    _said: float | None = None

    def on_dropped_event(self, _reason: str) -> None:
        now = time.monotonic()
        if self._said is None or now - self._said > QUIET:
            self._said = now
            log.warning("Errors do not arrive at Sentry", reason=_reason)


class Ration:
    def __init__(self, most: int) -> None:
        self._most = self._left = float(most)
        self._at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._left = min(self._most, self._left + now - self._at)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Reporter(logging.Handler):
    """Listens to the log. `close`, which logging calls at the end of the program, waits for what is to be sent."""

    def __init__(self, settings: Settings, burst: int = BURST) -> None:
        super().__init__(logging.ERROR)
        self._ration = Ration(burst)
        assert settings.sentry_dsn is not None
        # Not the process's own client, which the library's other functions would find.
        self._client = Client(
            settings.sentry_dsn.get_secret_value(),
            environment=settings.sentry_environment,
            release=f"rallypoint@{version('rallypoint')}",
            server_name="",
            transport=Post,
            before_send=_sendable,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            send_client_reports=False,
            auto_session_tracking=False,
            enable_backpressure_handling=False,
            in_app_include=["rallypoint"],
            debug=False,
            spotlight=False,
        )

    def emit(self, record: logging.LogRecord) -> None:
        error = _error_of(record)
        if error is None or _was_told(error):
            return
        # Whatever goes wrong with telling it must not come over whoever logs.
        with capture_internal_exceptions():
            if self._ration.take():
                self._tell(record, error)
            elif isinstance(post := self._client.transport, Post):
                post.on_dropped_event("too many")

    def close(self) -> None:
        self._client.close(timeout=SHUTDOWN)
        super().close()

    def _tell(self, record: logging.LogRecord, error: BaseException) -> None:
        goes_on = record.levelno < logging.CRITICAL
        event, hint = event_from_exception(
            error,
            client_options=self._client.options,
            mechanism={"type": "logging", "handled": goes_on},
        )
        _leave_only_its_own_line(event)
        said = record.msg if isinstance(record.msg, dict) else {}
        event["level"] = "error" if goes_on else "fatal"
        event["logger"] = record.name
        event["logentry"] = {"message": str(said.get("event") or record.getMessage())}
        event["tags"] = _tags(said)
        event["contexts"] = {"runtime": {"name": "CPython", "version": sys.version.split()[0]}}
        self._client.capture_event(event, hint)


def set_up(settings: Settings, burst: int = BURST) -> Reporter:
    """After the log, whose lines it listens to."""
    reporter = Reporter(settings, burst)
    logging.getLogger().addHandler(reporter)
    return reporter


def _error_of(record: logging.LogRecord) -> BaseException | None:
    given = record.msg.get("exc_info") if isinstance(record.msg, dict) else record.exc_info
    if isinstance(given, tuple):
        given = given[1]
    if given is True:
        return sys.exception()
    return given if isinstance(given, BaseException) else None


def _was_told(error: BaseException) -> bool:
    """The edge that answers logs it, and then the library that it went through."""
    told: bool = vars(error).get("_told_to_sentry", False)
    vars(error)["_told_to_sentry"] = True
    return told


def _leave_only_its_own_line(event: Event) -> None:
    """With those before and after it an error costs the event loop twice as much."""
    for each in event["exception"]["values"]:
        for frame in (each.get("stacktrace") or {}).get("frames", ()):
            frame.pop("pre_context", None)
            frame.pop("post_context", None)


def _tags(said: Mapping[str, object]) -> dict[str, str]:
    return {
        # Hidden before it is cut: half a secret would not be known for one.
        SAME.get(name, name): SECRECY.hide(str(value))[:MOST_OF_A_TAG]
        for name, value in said.items()
        if (isinstance(value, str) and name in WORDS) or type(value) is int
    }


def _sendable(event: Event, _: Hint) -> Event:
    cleaned: Event = _clean(event)
    return cleaned


def _clean(value: Any) -> Any:
    """Without what is secret."""
    match value:
        case str():
            return SECRECY.hide(value)[:MOST_CHARACTERS]
        case dict():
            return {
                SECRECY.hide(name): _clean(each)
                for name, each in value.items()
                if name not in LEFT_OUT
            }
        case list() | tuple():
            return [_clean(each) for each in value]
        case _:
            return value
