"""The control door itself: the guard, the table, and how answers and errors are written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from pydantic import ValidationError

from fakecord.control import (
    application,
    bench,
    gateways,
    guard,
    happenings,
    machinery,
    managers,
    mishaps,
    openapi,
    people,
    streams,
    troubles,
    worlds,
)
from fakecord.control.operation import Operation, Problem, Request
from fakecord.core import Core
from fakecord.people.lookup import PeopleError

OPERATIONS: list[Operation] = [
    *worlds.operations,
    *people.operations,
    *happenings.operations,
    *managers.operations,
    *machinery.operations,
    *gateways.operations,
    *application.operations,
    *mishaps.operations,
    *troubles.operations,
    *bench.operations,
]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_to(app: web.Application, core: Core) -> None:
    for operation in OPERATIONS:
        app.router.add_route(
            operation.method, "/_control" + operation.path, _handler(core, operation)
        )

    async def clock_stream(request: web.Request) -> web.StreamResponse:
        return await streams.clock(core, request)

    async def event_stream(request: web.Request) -> web.StreamResponse:
        return await streams.events(core, request)

    for path, handler in (
        ("/openapi.json", _document),
        ("/docs", _page),
        ("/clock/stream", clock_stream),
        ("/events", event_stream),
    ):
        app.router.add_get("/_control" + path, _guarded(handler))
    app.router.add_route("*", "/_control{rest:.*}", _guarded(_nothing))


def _handler(core: Core, operation: Operation) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = await _body(operation, request)
        asked = Request(core, request.match_info, request.query, body)
        answer = await operation.handler(asked)
        if operation.answer is None:
            return web.Response(status=204)
        return _json(operation.writer.dump_json(operation.writer.validate_python(answer)))

    return _guarded(handle)


def _guarded(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            guard.check(request)
            return await handler(request)
        except Problem as problem:
            return _error(problem.status, problem.code, problem.message)
        except PeopleError as error:
            return _error(409, "people_cannot", str(error))

    return handle


async def _body(operation: Operation, request: web.Request) -> object:
    if operation.body is None:
        return None
    raw = await request.read()
    try:
        return operation.reader.validate_json(raw or b"{}")
    except ValidationError as error:
        words = "; ".join(
            f"{'.'.join(str(step) for step in each['loc']) or 'the body'}: {each['msg']}"
            for each in error.errors()
        )
        raise Problem(400, "bad_body", words) from error


async def _document(request: web.Request) -> web.StreamResponse:
    return _json(orjson.dumps(openapi.document(OPERATIONS)))


async def _page(request: web.Request) -> web.StreamResponse:
    html = openapi.page(openapi.document(OPERATIONS))
    return web.Response(text=html, content_type="text/html")


async def _nothing(request: web.Request) -> web.StreamResponse:
    name = f"{request.method} {request.path}"
    raise Problem(404, "no_such_operation", f"there is no {name}; see /_control/docs")


def _error(status: int, code: str, message: str) -> web.Response:
    return _json(orjson.dumps({"error": {"code": code, "message": message}}), status)


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})
