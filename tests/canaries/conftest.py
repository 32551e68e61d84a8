"""The whole program at DEBUG, with canaries for secrets, and everything that it says."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import io
import json
import logging
import re
import secrets
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from rallypoint.adapters.http import application
from rallypoint.adapters.telemetry import logs, sentry
from rallypoint.app import machinery, program
from rallypoint.kernel.settings import FixedSettings
from rallypoint.ui.web.pages import Pages
from tests.adapters.delivery.receivers import receiver
from tests.adapters.telemetry import sentries
from tests.rest.conftest import as_, plant, token_for
from tests.web.conftest import COOKIE, browser, callback, elsewhere, http, in_, mallory, oscar

from .errors import WAYS

__all__ = ["as_", "browser", "callback", "elsewhere", "http", "in_", "mallory", "oscar"]
__all__ += ["plant", "token_for"]

MANY = 10_000
OURS = ("CommandTree-invoker", "discord-ui-")
"""Tasks in which somebody's command or click is answered."""


class Trap:
    """Where the next thing fails that does so on purpose."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.struck = 0
        self.everywhere: str | None = None
        """The way in which jobs, commands and clicks fail now."""

    def strike(self, way: str) -> None:
        self.struck += 1
        raise WAYS[way](self.texts)


@dataclasses.dataclass(slots=True)
class Armed:
    way: str
    at: str
    """ "render", or the number of the statement."""


ARMED: ContextVar[Armed | None] = ContextVar("armed", default=None)


@pytest.fixture
def trap(monkeypatch) -> Iterator[Trap]:
    """Requests say by `x-fail: way|place` where they are to fail; jobs and commands do as the trap says."""
    trap = Trap()

    def on_statement(*_: object) -> None:
        task = asyncio.current_task()
        if trap.everywhere and task is not None and task.get_name().startswith(OURS):
            trap.strike(trap.everywhere)
        armed = ARMED.get()
        if armed is None or not armed.at.isdecimal():
            return
        armed.at = str(int(armed.at) - 1)
        if armed.at == "0":
            armed.at = ""
            trap.strike(armed.way)

    def armed_app(site: Any) -> Any:
        app = create(site)

        async def call(scope: Any, receive: Any, send: Any) -> None:
            headers = dict(scope.get("headers", ()))
            if wish := headers.get(b"x-fail"):
                way, _, at = wish.decode().partition("|")
                ARMED.set(Armed(way, at))
            await app(scope, receive, send)

        return call

    def render(self: Pages, *args: Any, **more: Any) -> Any:
        armed = ARMED.get()
        if armed is not None and armed.at == "render":
            armed.at = ""
            trap.strike(armed.way)
        return rendered(self, *args, **more)

    def failing(job: Any) -> Any:
        async def run(work: Any) -> None:
            if trap.everywhere:
                trap.strike(trap.everywhere)
            await job.handler(work)

        return dataclasses.replace(job, handler=run)

    create, rendered, kinds = application.create_app, Pages.render, machinery.kinds
    monkeypatch.setattr(program, "create_app", armed_app)
    monkeypatch.setattr(Pages, "render", render)
    monkeypatch.setattr(
        machinery, "kinds", lambda: {name: failing(job) for name, job in kinds().items()}
    )
    event.listen(Engine, "before_cursor_execute", on_statement)
    yield trap
    event.remove(Engine, "before_cursor_execute", on_statement)


@pytest.fixture
async def receiving(trap) -> AsyncIterator[Any]:
    """It knows all that is secret, and says so."""

    async def tell(_: bytes, writer: asyncio.StreamWriter) -> None:
        told = " ".join(trap.texts.values()).encode()
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))
        await writer.drain()

    async with receiver(tell) as found:
        yield found


def _canary() -> str:
    return f"canary/{secrets.token_urlsafe(24)}"


@pytest.fixture
def sentry_told() -> Iterator[sentries.Sentry]:
    with sentries.sentry() as told:
        yield told


@pytest.fixture
def house_rules(fake, trap, receiving, sentry_told) -> Mapping[str, Any]:
    """The ways to Redis and AMQP lead nowhere, and a receiver and a Sentry of this test may be sent to."""
    trap.texts |= {
        "token": fake.token,
        "client secret": fake.client_secret,
        "key": f"canary+{secrets.token_urlsafe(40)}",
        **{name: _canary() for name in ("database", "redis", "amqp")},
        "ping": secrets.token_hex(18),
        "sentry": sentries.KEY,
    }
    with socket.socket() as nobody, socket.socket() as soon:
        nobody.bind(("127.0.0.1", 0))
        soon.bind(("127.0.0.1", 0))
        closed, free = nobody.getsockname()[1], soon.getsockname()[1]
    texts = {name: quote(each, safe="") for name, each in trap.texts.items()}
    place = urlsplit(receiving.url)
    return {
        "client_secret": fake.client_secret,
        "secret_keys": trap.texts["key"],
        "redis_url": f"redis://:{texts['redis']}@127.0.0.1:{closed}/0",
        "amqp_url": f"amqp://bot:{texts['amqp']}@127.0.0.1:{closed}/",
        "health_ping_url": f"http://127.0.0.1:{closed}/{texts['ping']}",
        "sentry_dsn": sentry_told.dsn,
        "metrics_port": free,
        "api_per_minute": 100_000,
        "bad_tokens_per_minute": 100_000,
        "http_plain": True,
        "http_allowed": f"127.0.0.1:{place.port}",
    }


class Said:
    """What was said to anybody, by where."""

    def __init__(
        self,
        texts: Mapping[str, str],
        lines: io.StringIO,
        reporter: sentry.Reporter,
        told: sentries.Sentry,
    ) -> None:
        self._texts = texts
        self._lines = lines
        self._reporter = reporter
        self._told = told
        self.leaks: dict[str, str] = {}
        self.pieces = 0

    def hear(self, where: str, words: str, *, but: tuple[str, ...] = ()) -> None:
        """*but*: those that belong there."""
        self.pieces += 1
        for name, secret in self._texts.items():
            if name in but:
                continue
            as_discord_escapes_it = re.sub(r"([_*~|`])", r"\\\1", secret)
            for spelt in {
                *(secret, quote(secret, safe=""), json.dumps(secret)[1:-1]),
                *(as_discord_escapes_it, json.dumps(as_discord_escapes_it)[1:-1]),
            }:
                at = words.find(spelt)
                if at >= 0:
                    self.leaks.setdefault(f"{name} in {where}", words[max(0, at - 300) : at + 200])

    def hear_log(self, also: Mapping[str, str] | None = None) -> int:
        """How many lines."""
        lines = [
            line
            for line in self._lines.getvalue().splitlines()
            # It is another program, though in this process.
            if '"logger":"fakecord' not in line
        ]
        whole = "\n".join(lines)
        self._texts = {**self._texts, **(also or {})}
        self.hear("the log", whole)
        return len(lines)

    def hear_sentry(self) -> Counter[str]:
        """How many errors it was told of, by what the log said of them. After the log: all that is secret is known."""
        self._reporter.close()
        self.hear("Sentry", "\n".join(self._told.envelopes))
        return Counter(each["logentry"]["message"] for each in self._told.events)


@pytest.fixture
def said(trap, house_rules, sentry_told) -> Iterator[Said]:
    """From before the house until after it."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook
    lines = io.StringIO()
    password = quote(trap.texts["database"], safe="")
    of = {name: each for name, each in house_rules.items() if name != "metrics_port"}
    chosen = FixedSettings(
        token=trap.texts["token"], database_url=f"postgresql://bot:{password}@db.example/x", **of
    )
    logs.set_up(level="debug", form="json", secrets=chosen.secrets, stream=lines)
    reporter = sentry.set_up(chosen, burst=MANY)
    yield Said(trap.texts, lines, reporter, sentry_told)
    reporter.close()
    root.handlers[:], level, sys.excepthook = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
async def visits(said, house, trap, browser, alice, fake, token_for):
    """Alice's browser, logged in by Discord: all the canaries sing now."""
    visits = browser()
    back = await alice.authorizes(await visits.goes_to_discord())
    await visits.comes_back(back)
    await (await alice.runs("/room settings")).answered()
    (heard, *_) = fake.core.world.interactions.values()
    (grant,) = fake.core.world.grants.values()
    trap.texts |= {
        "log-in": visits.cookies[COOKIE],
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "access": grant.id,
        "refresh": grant.refresh_token,
        "interaction": heard.token,
        "webhook secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "REST token": await token_for(alice),
    }
    return visits


@pytest.fixture
def everything(sessions):
    """`await everything()`: all that is in the database, by table and column."""

    async def read() -> dict[str, str]:
        found: dict[str, str] = {}
        async with sessions() as session:
            tables = await session.scalars(
                text("SELECT name FROM sqlite_master WHERE type='table'")
            )
            for table in tables.all():
                rows = await session.execute(text(f'SELECT * FROM "{table}"'))
                for row in rows.mappings():
                    for column, value in row.items():
                        where = f"{table}.{column}"
                        found[where] = found.get(where, "") + f"{value}\n"
        return found

    return read
