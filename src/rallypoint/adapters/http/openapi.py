"""The description of the interface, for programs and for those who write them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

DESCRIPTION = """\
What the dashboard and the slash commands do, for programs. Ids are strings, times are RFC 3339 in UTC. Errors are
`{"error": {"code", "message"}}`: the code stays, the message is for people."""


def router(app: FastAPI) -> APIRouter:
    routes = APIRouter()

    @routes.get("/api/v1/openapi.json")
    async def describe() -> JSONResponse:
        return JSONResponse(app.openapi())

    return routes
