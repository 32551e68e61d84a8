"""Logs: one event a line on the standard error, JSON or console, ours and the libraries' through the same door.

Secrets are taken out of the finished line. So they are gone wherever they came from: a value, an object's repr, a
traceback, a library's message.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from functools import partial
from types import TracebackType
from typing import Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from rallypoint.kernel.secrecy import SECRECY

LogFormat = Literal["auto", "json", "console"]

QUIET = {
    # At "debug" it says what is written, which nobody is to read there.
    "aiosqlite": logging.WARNING,
}
# At their own "info" these say what nobody asked for: each request, each plugin, each step of a migration.
QUIETER = {
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    # SQLAlchemy names a pool's log after the pool's class.
    "rallypoint.adapters.db.postgres.Connections": logging.WARNING,
    "rallypoint.adapters.db.sqlite.OneWriter": logging.WARNING,
    # It warns of libraries that only sending sound would need.
    "discord.client": logging.ERROR,
    "discord.gateway": logging.WARNING,
    "discord.http": logging.WARNING,
    # It says each try to reach a Sentry that is away, of which we say one line.
    "urllib3": logging.ERROR,
    "uvicorn": logging.WARNING,
    "uvicorn.error": logging.WARNING,
}


def _redacted(_: WrappedLogger, __: str, line: str | bytes | EventDict) -> str:
    """The last processor: takes the rendered line."""
    return SECRECY.hide(line.decode() if isinstance(line, bytes) else str(line))


def set_up(
    *, level: str, form: LogFormat, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Everything logged from now on goes to *stream* (the standard error)."""
    SECRECY.keep(secrets)
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
                _redacted,
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
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(capture=True)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log = partial(structlog.get_logger(__name__).critical, "The program failed")
    log(exc_info=(kind, error, trace))
