from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from rallypoint.ui.web.assets import STATIC
from rallypoint.ui.web.cookies import jar_for
from rallypoint.ui.web.pages import Pages

from . import errors, health, login, openapi, overview, reference, servers
from .etags import ETags
from .gate import Gate
from .once import Once
from .origins import Origins
from .shield import Shield, hosts_for
from .site import Site

SMALLEST_PACKED = 1000
"""Bytes."""


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
    app.state.reception = site.entrance
    app.state.parts = site.lent
    app.state.pages = Pages(site.sections)
    app.state.jar = jar = jar_for(site.base)
    speaker = errors.install(app, site.refusals)
    app.state.wording = speaker.words
    if site.repeats is not None:
        app.add_middleware(Once, repeats=site.repeats, speaker=speaker)
    app.add_middleware(ETags)
    app.add_middleware(Gate, site=site, speaker=speaker)
    app.add_middleware(Origins, base=site.base, speaker=speaker)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_PACKED, compresslevel=3)
    description = openapi.Description(app, site.routers)
    for router in (
        health.router(site),
        openapi.router(description),
        login.router(site, jar, speaker),
        overview.router(site),
        servers.router(site),
        reference.router(site, description),
        *site.routers,
        *(each.router for each in site.sections),
    ):
        # FastAPI's `include_router` would read every route of a router anew when somebody first comes by.
        app.router.routes.extend(router.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    # Around all of it, not one of FastAPI's middlewares: those are left out of the answer to an unexpected error.
    return Shield(
        app,
        hosts=hosts_for(site.host, site.public_url),
        https=(site.public_url or "").startswith("https://"),
    )
