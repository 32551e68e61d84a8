"""In by Discord, and out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.ui.web import cookies, routing
from rallypoint.ui.web.cookies import Jar
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAnybody
from rallypoint.ui.web.visitors import MaybeVisitor

from .errors import Speaker, status_of
from .limits import Limit
from .site import Back, Entrance, Site
from .tokens import household_of

A_MINUTE = 30
"""Log-ins that one address may finish: each asks Discord twice."""
Text = Annotated[str | None, Query(max_length=2000)]
GONE = N_("Discord does not answer. Nobody is logged in; try again in a minute.")
TOO_OFTEN = N_("That is too often. Try again in a minute.")


def router(site: Site, jar: Jar, speaker: Speaker) -> APIRouter:
    routes = routing.router(include_in_schema=False)
    if site.entrance is None:
        return routes
    door = _Door(site, site.entrance, jar, speaker)
    routes.get("/login", response_model=None)(door.show)
    routes.get("/login/discord", response_model=None)(door.begin)
    routes.get("/login/callback", response_model=None)(door.finish)
    routes.post("/logout", response_model=None)(door.leave)
    return routes


class _Door:
    def __init__(self, site: Site, entrance: Entrance, jar: Jar, speaker: Speaker) -> None:
        self._base = site.base
        self._entrance = entrance
        self._jar = jar
        self._speaker = speaker
        self._limit: Limit[str] = Limit(A_MINUTE, site.clock)

    async def show(self, page: ForAnybody, next: Text = None) -> Response:
        return self._page(page, wanted=next)

    async def begin(self, request: Request, next: Text = None, here: Text = None) -> Response:
        """By a link, not by a form: a form that ends at Discord would have to be let out by our policy."""
        if here is None and request.url.netloc.lower() != urlsplit(self._base).netloc.lower():
            # What the browser is about to keep, it would not bring back to another name of ours.
            query = urlencode({"next": next or "", "here": 1})
            return RedirectResponse(f"{self._base}/login/discord?{query}", status_code=303)
        begun = self._entrance.begin(next)
        response = RedirectResponse(begun.location, status_code=303)
        lasts = self._entrance.way_lasts
        self._jar.put(response, cookies.ON_THE_WAY, begun.sealed, lasts=lasts)
        return response

    async def finish(
        self,
        request: Request,
        page: ForAnybody,
        state: Text = None,
        code: Text = None,
        error: Text = None,
    ) -> Response:
        address = request.client.host if request.client else ""
        if self._limit.take(household_of(address)):
            return self._page(page, trouble=page.say(TOO_OFTEN), status=429)
        back = Back(
            sealed=self._jar.read(request, cookies.ON_THE_WAY),
            state=state or "",
            code=code,
            error=error,
            user_agent=request.headers.get("user-agent", ""),
            former=self._jar.read(request, cookies.LOG_IN),
        )
        try:
            entered = await self._entrance.finish(back)
        except Refused as refused:
            status = 400 if refused.code.startswith("log_in") else status_of(refused)
            return self._page(page, trouble=self._speaker.words(request, refused), status=status)
        except Unavailable:
            return self._page(page, trouble=page.say(GONE), status=503)
        # The code is in this page's address: it is left at once.
        response = page.go(entered.destination)
        self._jar.put(response, cookies.LOG_IN, entered.text, lasts=entered.lasts)
        self._jar.remove(response, cookies.ON_THE_WAY)
        return response

    async def leave(self, visitor: MaybeVisitor) -> Response:
        if visitor is not None:
            await self._entrance.leave(visitor)
        response = RedirectResponse("/login", status_code=303)
        self._jar.remove(response, cookies.LOG_IN)
        return response

    def _page(
        self,
        page: ForAnybody,
        *,
        wanted: str | None = None,
        trouble: str = "",
        status: int = 200,
    ) -> Response:
        response = page.render(
            "login.html",
            status=status,
            wanted=wanted or "",
            trouble=trouble,
            closed=self._entrance.is_closed,
            redirect_uri=self._entrance.redirect_uri,
        )
        if trouble:
            self._jar.remove(response, cookies.ON_THE_WAY)
        return response
