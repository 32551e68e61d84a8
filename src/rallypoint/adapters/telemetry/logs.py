"""Logs: one event a line on the standard error, JSON or console, ours and the libraries' through the same door.

Secrets are taken out of the finished line. So they are gone wherever they came from: a value, an object's repr, a
traceback, a library's message.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from functools import partial
from types import TracebackType
from typing import Literal, TextIO
from urllib.parse import quote

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
LogFormat = Literal["auto", "json", "console"]

# At their own "info" these say what nobody asked for: each request, each plugin, each step of a migration.
QUIETER = {
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    # SQLAlchemy names a pool's log after the pool's class.
    "rallypoint.adapters.db.sqlite.OneWriter": logging.WARNING,
    # It warns of libraries that only sending sound would need.
    "discord.client": logging.ERROR,
    "discord.gateway": logging.WARNING,
    "discord.http": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.error": logging.WARNING,
}


class Redaction:
    """The last processor: takes the rendered line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _spellings(secret)}
        # Longest first: a secret that holds another must not be left half visible.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, _: WrappedLogger, __: str, line: str | bytes | EventDict) -> str:
        text = line.decode() if isinstance(line, bytes) else str(line)
        for form in self._forms:
            text = text.replace(form, REDACTED)
        return text


def _spellings(secret: str) -> set[str]:
    """As it is, and as JSON, a repr and an address would write it."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
    }


def set_up(
    *, level: str, form: LogFormat, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Everything logged from now on goes to *stream* (the standard error)."""
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.StackInfoRenderer(),
                *_renderer(form, stream),
                Redaction(secrets),
            ],
        )
    )
    _route_all_to(handler, level.upper())
    sys.excepthook = _log_uncaught


def _renderer(form: LogFormat, stream: TextIO) -> list[Processor]:
    if form == "console" or (form == "auto" and stream.isatty()):
        return [
            structlog.dev.ConsoleRenderer(
                colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    rename = structlog.processors.EventRenamer("message")
    return [rename, structlog.processors.JSONRenderer(serializer=_as_json)]


def _as_json(line: EventDict, **_: object) -> str:
    return orjson.dumps(line, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _route_all_to(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in QUIETER.items():
        logging.getLogger(name).setLevel(logging.NOTSET if level == "DEBUG" else least)
    logging.captureWarnings(capture=True)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log = partial(structlog.get_logger(__name__).critical, "The program failed")
    log(exc_info=(kind, error, trace))
