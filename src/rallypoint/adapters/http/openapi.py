"""The description of the interface, for programs and for those who write them."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

from rallypoint.ui.web import routing
from rallypoint.ui.web.answers import DESCRIPTIONS

from . import once

DESCRIPTION = """\
What the dashboard and the slash commands do, for programs. Ids are strings, times are RFC 3339 in UTC. Errors are
`{"error": {"code", "message"}}`: the code stays, the message is for people."""
METHODS = ("get", "post", "patch", "put", "delete")
JSON = "application/json"
Json = dict[str, Any]

KEY: Json = {
    "name": once.HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": once.LONGEST, "pattern": once.PATTERN},
    "description": "Sent again with the same key within 24 hours, the same request is not carried out again, and "
    "answered as it was the first time; another request with that key is refused",
}
REPLAYED: Json = {
    "schema": {"const": "true", "type": "string"},
    "description": "This is the answer of the first time: nothing was done now",
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of an earlier answer",
}
ETAG: Json = {"schema": {"type": "string"}, "description": "For `If-None-Match`"}
BUSY = f"{DESCRIPTIONS[HTTPStatus.CONFLICT]}; or a request with that key is being carried out: see `Retry-After`"
ERROR: Json = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}


def router(app: FastAPI) -> APIRouter:
    routes = routing.router(include_in_schema=False)

    @routes.get("/api/v1/openapi.json")
    async def describe() -> JSONResponse:
        return JSONResponse(description_of(app))

    return routes


def description_of(app: FastAPI) -> Json:
    if app.openapi_schema is None:
        _complete(app.openapi())
    described: Json = app.openapi_schema or {}
    return described


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method, and what is said of it."""
    for path, there in described["paths"].items():
        yield from ((path, method, there[method]) for method in METHODS if method in there)


def _complete(described: Json) -> None:
    """With what no route has to know of, since it is done for all of them."""
    for _, method, operation in operations(described):
        if method == "post":
            _say_once(operation)
        elif method == "get" and JSON in operation["responses"]["200"].get("content", {}):
            _say_tagged(operation)


def _say_once(operation: Json) -> None:
    operation.setdefault("parameters", []).append(KEY)
    conflict = operation["responses"].setdefault("409", {"content": ERROR})
    conflict["description"] = BUSY
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response.setdefault("headers", {})[once.REPLAYED] = REPLAYED


def _say_tagged(operation: Json) -> None:
    operation.setdefault("parameters", []).append(IF_NONE_MATCH)
    operation["responses"]["200"].setdefault("headers", {})["ETag"] = ETAG
    operation["responses"]["304"] = {"description": "It is as it was", "headers": {"ETag": ETAG}}
