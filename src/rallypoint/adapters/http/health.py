"""For whoever watches the process: is it alive, is it ready."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from rallypoint.ui.web import routing

from .site import Site


def router(site: Site) -> APIRouter:
    routes = routing.router(include_in_schema=False)

    @routes.get("/healthz")
    async def alive() -> JSONResponse:
        """The process answers: says nothing of what it depends on, so that a restart is not asked for in vain."""
        return JSONResponse({"alive": True, "program": "rallypoint"})

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        parts = await site.parts()
        all_ready = all(part.ready for part in parts)
        body = {
            "ready": all_ready,
            "parts": {part.name: {"ready": part.ready, "fact": part.fact} for part in parts},
        }
        return JSONResponse(body, status_code=200 if all_ready else 503)

    return routes
