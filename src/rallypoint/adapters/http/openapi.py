"""The description of the interface, for programs and for those who write them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from rallypoint.kernel.people import Role, Scope
from rallypoint.ui.web import routing
from rallypoint.ui.web.answers import DESCRIPTIONS
from rallypoint.ui.web.rights import role_needed

from . import once
from .gate import scope_for

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


NEEDS = "x-needs"
WHO: Mapping[Role | None, str] = {
    None: "For whoever has a token",
    Role.MEMBER: "For members of the server",
    Role.VIEWER: "For viewers of the server",
    Role.ORGANISER: "For organisers of the server",
    Role.ADMIN: "For members of the server with Manage Server",
}
WITH: Mapping[Scope, str] = {
    Scope.READ: "",
    Scope.WRITE: ", by a token that may write",
}


@dataclass(frozen=True, slots=True)
class Description:
    """Made when it is asked for first: it takes longer than all else before the first answer."""

    app: FastAPI
    routers: Sequence[APIRouter]
    """Of the features: what they have declared, FastAPI's own description does not say."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> Json:
        """In a thread, for it would hold up the loop for up to a second."""
        async with self._turn:
            return await asyncio.to_thread(self.whole)

    def whole(self) -> Json:
        if self.app.openapi_schema is None:
            _complete(self.app.openapi(), self._declared())
        described: Json = self.app.openapi_schema or {}
        return described

    def _declared(self) -> Mapping[tuple[str, str], APIRoute]:
        """By path and method."""
        return {
            (route.path, method.lower()): route
            for router in self.routers
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }


def router(description: Description) -> APIRouter:
    routes = routing.router(include_in_schema=False)

    @routes.get("/api/v1/openapi.json")
    async def describe() -> JSONResponse:
        return JSONResponse(await description.read())

    return routes


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method, and what is said of it."""
    for path, there in described["paths"].items():
        yield from ((path, method, there[method]) for method in METHODS if method in there)


def _complete(described: Json, routes: Mapping[tuple[str, str], APIRoute]) -> None:
    """With what no route has to know of, since it is done for all of them."""
    for path, method, operation in operations(described):
        route = routes[path, method]
        operation["summary"] = route.summary or _words(operation["operationId"])
        _say_who(operation, role_needed(route.dependant), scope_for(method.upper()))
        if method == "post":
            _say_once(operation)
        elif method == "get" and JSON in operation["responses"]["200"].get("content", {}):
            _say_tagged(operation)


def _words(name: str) -> str:
    """`getDeliveryAsCurl` → "Get delivery as curl"."""
    return re.sub("([A-Z])", lambda found: f" {found[0].lower()}", name).capitalize()


def _say_who(operation: Json, role: Role | None, scope: Scope) -> None:
    """For programs, and at the end of what people read."""
    who = f"{WHO[role]}{WITH[scope]}."
    name = None if role is None else role.name.lower()
    operation[NEEDS] = {"role": name, "scope": scope, "words": who}
    said = operation.get("description")
    operation["description"] = f"{said}\n\n{who}" if said else who


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
