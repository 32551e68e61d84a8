"""The first page."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from rallypoint.kernel.errors import Unavailable
from rallypoint.ui.web import routing
from rallypoint.ui.web.page import ForAnybody

from .site import Overview, Site


def router(site: Site) -> APIRouter:
    routes = routing.router(include_in_schema=False)

    @routes.get("/", response_model=None)
    async def first_page(page: ForAnybody) -> Response:
        try:
            overview = await site.overview()
        except Unavailable:
            overview = Overview()
        return page.render(
            "overview.html",
            parts=await site.parts(),
            overview=overview,
            playground=site.playground,
        )

    return routes
