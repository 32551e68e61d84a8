"""The first page."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from rallypoint.kernel.errors import Unavailable
from rallypoint.ui.web.pages import Pages

from .site import Overview, Site


def router(site: Site, pages: Pages) -> APIRouter:
    routes = APIRouter()

    @routes.get("/")
    async def first_page() -> HTMLResponse:
        try:
            overview = await site.overview()
        except Unavailable:
            overview = Overview()
        return pages.render(
            "overview.html",
            parts=await site.parts(),
            overview=overview,
            playground=site.playground,
            now=site.clock.now(),
        )

    return routes
