"""Which server to look at."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from rallypoint.ui.web import routing
from rallypoint.ui.web.page import ForVisitor

from .site import Servers, Site


def router(site: Site) -> APIRouter:
    routes = routing.router(include_in_schema=False)

    @routes.get("/servers", response_model=None)
    async def pick(page: ForVisitor) -> Response:
        found = await site.servers(page.visitor) if site.servers else Servers()
        return page.render("servers.html", servers=found, playground=site.playground)

    return routes
