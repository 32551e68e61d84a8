from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from rallypoint.ui.web.assets import STATIC
from rallypoint.ui.web.pages import Pages

from . import errors, health, openapi, overview
from .gate import Gate
from .shield import Shield, hosts_for
from .site import Site


def create_app(site: Site) -> ASGIApp:
    # The generated documentation pages load scripts from another host, which our policy forbids.
    app = FastAPI(
        title="Rallypoint",
        version=version("rallypoint"),
        description=openapi.DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.rights = site.rights
    app.state.caller_of = site.caller_of
    app.state.closing = site.closing
    pages = Pages()
    speaker = errors.install(app, pages, site.refusals)
    app.add_middleware(Gate, site=site, speaker=speaker)
    app.include_router(health.router(site), include_in_schema=False)
    app.include_router(overview.router(site, pages), include_in_schema=False)
    app.include_router(openapi.router(app), include_in_schema=False)
    for router in site.routers:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    # Around all of it, not one of FastAPI's middlewares: those are left out of the answer to an unexpected error.
    return Shield(
        app,
        hosts=hosts_for(site.host, site.public_url),
        https=(site.public_url or "").startswith("https://"),
    )
