"""Only our own pages send forms here and read what is not a page: whatever a page elsewhere makes a browser do.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rallypoint.ui.web.languages import N_

from . import bodies
from .errors import Speaker
from .gate import PREFIX, READING, Turned, body_of, turn


class Origins:
    def __init__(self, app: ASGIApp, *, base: str, speaker: Speaker) -> None:
        """*base*: where people reach the dashboard."""
        self._app = app
        self._origin = _origin(base)
        self._speaker = speaker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if request.method in READING:
                self._check_reader(request)
                await self._app(scope, receive, send)
                return
            self._check_sender(request)
            body = await body_of(request, receive)
        except bodies.Gone:
            return
        except Turned as turned:
            await turn(self._speaker, request, turned)(scope, receive, send)
        else:
            await self._app(scope, bodies.again(body, receive), send)

    def _check_sender(self, request: Request) -> None:
        """A browser says where a form comes from; who says nothing of the kind is none, and has no business here."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        ours = site == "same-origin" if site is not None else origin == self._origin
        if not ours or (origin not in (None, "null", self._origin, _here(request))):
            message = N_("A page elsewhere sent this. Open the dashboard itself and do it there.")
            raise Turned(HTTPStatus.FORBIDDEN, "foreign_page", message)

    def _check_reader(self, request: Request) -> None:
        """Links from anywhere are welcome; a script or a frame of another page is not."""
        elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if elsewhere and request.headers.get("sec-fetch-mode") != "navigate":
            message = N_("A page elsewhere asks for this. Open the dashboard itself.")
            raise Turned(HTTPStatus.FORBIDDEN, "foreign_page", message)


def _origin(base: str) -> str:
    split = urlsplit(base)
    return f"{split.scheme}://{split.netloc}".lower()


def _here(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
