"""In the forked child: every place around an outside effect and every commit has a label, and at some it may
be stopped.

Nothing of the product is named here: what is wrapped is the HTTP client, discord.py's gateway socket, the two database
drivers and the event loop. A commit is named by the tables that were written.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp
import asyncpg
import discord
import redis.asyncio
import sqlalchemy
from asyncpg.transaction import Transaction
from discord.gateway import DiscordWebSocket
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection

from .plan import STEP, Kill

_WRITES = re.compile(
    r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|(?<!FOR )(?<!KEY )UPDATE|DELETE\s+FROM)\s+(?!SET\b)\"?([a-z_]+)",
    re.IGNORECASE,
)
_ID = re.compile(r"/\d+")
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\{\})/[^/]+")
TOKENLESS = r"\1/{}"
_PREFIX = re.compile(r"^/api/v\d+")

HOOK = "/hook"
"""Where receivers of events are told of them."""
SENT_AFTER = 3
"""Turns of the event loop, after which all of a request is with the kernel: Discord may carry it out or not."""


class Points:
    """Notes each passing in *record*, a file descriptor, and stops this process at those that *stops* name."""

    def __init__(self, record: int, stops: Iterable[Kill]) -> None:
        self._record = record
        self._signals = {
            each.at: signal.SIGSTOP if each.pauses else signal.SIGKILL for each in stops
        }
        self._passed: Counter[str] = Counter()
        self._steps = 0

    def passing(self, label: str, *, turns: int = 0) -> None:
        """To die there is to die *turns* of the event loop later."""
        self._passed[label] += 1
        os.write(self._record, f"{label}\t{self._steps}\n".encode())
        if sent := self._signals.get((label, self._passed[label])):
            self._stop_in(turns, sent)

    def step(self) -> None:
        self._steps += 1
        if sent := self._signals.get((STEP, self._steps)):
            os.kill(os.getpid(), sent)

    def _stop_in(self, turns: int, sent: signal.Signals) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._stop_in, turns - 1, sent)
        else:
            os.kill(os.getpid(), sent)

    def install(self) -> None:
        _wrap_requests(self)
        _wrap_gateway(self)
        _wrap_sqlite(self)
        _wrap_postgres(self)
        _wrap_redis(self)
        _wrap_loop(self)


def put(owner: Any, name: str, value: Any) -> None:
    """Wrapping is what no type allows."""
    setattr(owner, name, value)


def _wrap_loop(points: Points) -> None:
    """One step: whatever goes on after an await, in whichever task."""
    run = asyncio.Handle._run

    def step(handle: asyncio.Handle) -> None:
        points.step()
        run(handle)

    put(asyncio.Handle, "_run", step)


def _wrap_requests(points: Points) -> None:
    request = aiohttp.ClientSession._request
    start = aiohttp.ClientSession.__init__

    async def asked(session: Any, method: str, address: Any, **more: Any) -> Any:
        where = _route(method, str(address))
        if where is None:
            return await request(session, method, address, **more)
        points.passing(f"{where} before")
        answer = await request(session, method, address, trace_request_ctx=where, **more)
        points.passing(f"{where} answered")
        return answer

    async def begun(_: Any, context: Any, __: Any) -> None:
        if where := context.trace_request_ctx:
            points.passing(f"{where} under way", turns=SENT_AFTER)

    watch = aiohttp.TraceConfig()
    watch.on_request_headers_sent.append(begun)

    def started(session: Any, *args: Any, **more: Any) -> None:
        more["trace_configs"] = [*(more.get("trace_configs") or ()), watch]
        start(session, *args, **more)

    put(aiohttp.ClientSession, "_request", asked)
    put(aiohttp.ClientSession, "__init__", started)


def _route(method: str, address: str) -> str | None:
    """The template; None for what is no business of Discord's, or of a receiver of events."""
    path = address.partition("://")[2].partition("?")[0]
    path = path[path.find("/") :]
    if path != HOOK and not _PREFIX.match(path):
        return None
    template = _ID.sub("/{}", _PREFIX.sub("", path))
    return f"{method} {_TOKEN.sub(TOKENLESS, template)}"


def _wrap_gateway(points: Points) -> None:
    dispatch, receive = discord.Client.dispatch, DiscordWebSocket.received_message
    send = DiscordWebSocket.send_as_json
    heard: list[str] = []

    def dispatched(client: Any, event: str, /, *args: Any, **more: Any) -> None:
        if event == "socket_event_type":
            heard.append(args[0])
            points.passing(f"{args[0]} heard")
        dispatch(client, event, *args, **more)

    async def received(socket: Any, message: Any, /) -> None:
        heard.clear()
        await receive(socket, message)
        for event in heard:
            points.passing(f"{event} taken")

    async def sent(socket: Any, data: Any) -> None:
        points.passing(f"gateway op {data['op']} before")
        await send(socket, data)
        points.passing(f"gateway op {data['op']} sent")

    put(discord.Client, "dispatch", dispatched)
    put(DiscordWebSocket, "received_message", received)
    put(DiscordWebSocket, "send_as_json", sent)


def _written(statement: str) -> Iterable[str]:
    return (each.lower() for each in _WRITES.findall(statement))


def _commit(points: Points, written: set[str], commit: Callable[[], Any]) -> Any:
    """Who only read has nothing to lose."""
    label = f"commit {'+'.join(sorted(written))}"
    if written:
        points.passing(f"{label} before")
    done = commit()
    if written:
        points.passing(f"{label} done")
    written.clear()
    return done


def _wrap_sqlite(points: Points) -> None:
    connect: Any = sqlite3.connect

    class Watched(sqlite3.Connection):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.written: set[str] = set()
            self.set_trace_callback(lambda said: self.written.update(_written(said)))

        def commit(self) -> None:
            _commit(points, self.written, super().commit)

        def rollback(self) -> None:
            self.written.clear()
            super().rollback()

        def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
            if kind is not None:
                self.written.clear()
                return super().__exit__(kind, error, trace)
            return _commit(
                points, self.written, lambda: super(Watched, self).__exit__(None, None, None)
            )

    def watched(*args: Any, **more: Any) -> Any:
        return connect(*args, **{"factory": Watched} | more)

    put(sqlite3, "connect", watched)


def _wrap_postgres(points: Points) -> None:
    written: dict[int, set[str]] = {}
    commit, rollback = AsyncAdapt_asyncpg_connection.commit, AsyncAdapt_asyncpg_connection.rollback
    fetch = asyncpg.Connection.fetch

    @sqlalchemy.event.listens_for(sqlalchemy.Engine, "before_cursor_execute")
    def _(connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if isinstance(connection.connection.dbapi_connection, AsyncAdapt_asyncpg_connection):
            adapter = id(connection.connection.dbapi_connection)
            written.setdefault(adapter, set()).update(_written(statement))

    def committed(adapter: Any) -> None:
        _commit(points, written.setdefault(id(adapter), set()), lambda: commit(adapter))

    def rolled_back(adapter: Any) -> None:
        written.pop(id(adapter), None)
        rollback(adapter)

    async def fetched(connection: Any, query: str, *args: Any, **more: Any) -> Any:
        """Past SQLAlchemy: a statement that is a transaction of its own."""
        tables = sorted(set(_written(query)))
        if tables:
            points.passing(f"commit {'+'.join(tables)} before")
        rows = await fetch(connection, query, *args, **more)
        if tables:
            points.passing(f"commit {'+'.join(tables)} done")
        return rows

    put(AsyncAdapt_asyncpg_connection, "commit", committed)
    put(AsyncAdapt_asyncpg_connection, "rollback", rolled_back)
    put(asyncpg.Connection, "fetch", fetched)
    _wrap_transactions(points)


def _wrap_transactions(points: Points) -> None:
    """Past SQLAlchemy as well: `async with connection.transaction()`."""
    written: dict[int, set[str]] = {}
    execute_many, enter, leave = (
        asyncpg.Connection.executemany,
        Transaction.__aenter__,
        Transaction.__aexit__,
    )

    async def executed(connection: Any, command: str, *args: Any, **more: Any) -> Any:
        written.setdefault(id(connection), set()).update(_written(command))
        return await execute_many(connection, command, *args, **more)

    async def entered(transaction: Any) -> None:
        written.pop(id(transaction._connection), None)
        await enter(transaction)

    async def left(transaction: Any, kind: Any, error: Any, trace: Any) -> None:
        tables = sorted(written.pop(id(transaction._connection), ())) if kind is None else []
        if tables:
            points.passing(f"commit {'+'.join(tables)} before")
        await leave(transaction, kind, error, trace)
        if tables:
            points.passing(f"commit {'+'.join(tables)} done")

    put(asyncpg.Connection, "executemany", executed)
    put(Transaction, "__aenter__", entered)
    put(Transaction, "__aexit__", left)


def _wrap_redis(points: Points) -> None:
    execute = redis.asyncio.Redis.execute_command
    send = redis.asyncio.Connection.send_command

    async def executed(client: Any, name: str, *args: Any, **more: Any) -> Any:
        points.passing(f"{name} before")
        answer = await execute(client, name, *args, **more)
        points.passing(f"{name} answered")
        return answer

    async def sent(connection: Any, name: str, *args: Any, **more: Any) -> None:
        await send(connection, name, *args, **more)
        points.passing(f"{name} under way")

    put(redis.asyncio.Redis, "execute_command", executed)
    put(redis.asyncio.Connection, "send_command", sent)
