"""How a no is said over HTTP: one table, as a page to a browser and as JSON to a program."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RallypointError,
    Refused,
    Unavailable,
)
from rallypoint.kernel.misfits import misfit
from rallypoint.kernel.secrecy import SECRECY
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import page_of
from rallypoint.ui.web.visitors import LoggedOut

log = structlog.get_logger(__name__)

STATUS: Mapping[type[RallypointError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    OutcomeUnknown: HTTPStatus.GATEWAY_TIMEOUT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The nearest ancestor of an error counts."""

TRY_AGAIN = N_("Something this needs does not answer. Try again in a minute.")
UNSURE = N_(
    "It is not known yet whether this was carried out. Look again in a minute before you repeat it."
)

LOG_IN_FIRST = N_("You are not logged in any more. Log in, and do it again.")
FAILED = N_("This went wrong on our side. Quote {number} to the operator.")
DOES_NOT_FIT = N_(
    "What was sent is not what this page takes ({where}). Go back, and look at it again."
)
TITLES: Mapping[int, str] = {
    400: N_("That cannot be read"),
    401: N_("Log in first"),
    403: N_("That is not for you"),
    404: N_("There is no such page"),
    405: N_("That cannot be done here"),
    409: N_("That does not go together"),
    413: N_("That is too large"),
    422: N_("That does not fit"),
    429: N_("That is too often"),
    500: N_("That went wrong"),
    503: N_("Not now"),
    504: N_("Not known yet"),
}
SENTENCES: Mapping[int, str] = {
    400: N_("What came cannot be read. Go back, and try again."),
    404: N_("Nothing is at this address. Look at how it is spelled."),
    405: N_("This address is not made for that. Go back, and use the page's own buttons."),
    413: N_("What came is larger than what is taken here."),
}
"""On a page, in place of what HTTP itself says."""

SHARED: Mapping[str, str] = {
    "member_lacks_permission": "You need the permission {permission} for that.",
    "guild_unknown": "There is no such server with this bot and you in it.",
    "query_unknown": "There is no parameter {name} here.",
    "query_twice": "The parameter {name} is there twice.",
}
"""Refusals that come from below the features."""


def status_of(error: Exception) -> HTTPStatus:
    return next(
        (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


class Speaker:
    """Words an answer in the reader's form."""

    def __init__(self, refusals: Mapping[str, str]) -> None:
        self._refusals = {**SHARED, **refusals}

    def answer(
        self, request: Request, status: int, code: str, message: str, *, on_page: str = ""
    ) -> Response:
        """*on_page*: what is said there in place of *message*."""
        message, on_page = SECRECY.hide(message), SECRECY.hide(on_page)
        asks_as_program = request.url.path.startswith("/api/")
        if not asks_as_program and "text/html" in request.headers.get("accept", ""):
            page = page_of(request)
            title = page.say(TITLES.get(status, HTTPStatus(status).phrase))
            said = on_page or page.say(message)
            return page.render("error.html", status=status, title=title, message=said)
        return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)

    def refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        message = self.words(request, error)
        return self.answer(request, status_of(error), error.code, message)

    def words(self, request: Request, error: Refused) -> str:
        words = self._refusals.get(error.code)
        if not words:
            return SECRECY.hide(str(error))
        if request.url.path.startswith("/api/"):
            said = words.format_map(error.facts)
        else:
            said = page_of(request).say(words, **error.facts)
        return SECRECY.hide(said.replace("`", ""))

    def logged_out(self, request: Request, error: Exception) -> Response:
        """To the log-in and back, if it is a page that was asked for."""
        shows = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if shows and "text/event-stream" not in request.headers.get("accept", ""):
            path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?{urlencode({'next': path})}", status_code=303)
        return self.answer(request, HTTPStatus.UNAUTHORIZED, "logged_out", LOG_IN_FIRST)

    def unavailable(self, request: Request, error: Exception) -> Response:
        log.warning("A request could not be served", path=request.url.path, error=str(error))
        unsure = isinstance(error, OutcomeUnknown)
        code, message = ("outcome_unknown", UNSURE) if unsure else ("unavailable", TRY_AGAIN)
        response = self.answer(request, status_of(error), code, message)
        retry_in = getattr(error, "retry_in", None)
        response.headers["Retry-After"] = str(int(retry_in.total_seconds()) + 1 if retry_in else 60)
        return response

    def http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        on_page = page_of(request).say(SENTENCES[status]) if status in SENTENCES else ""
        response = self.answer(
            request, status, status.name.lower(), str(error.detail), on_page=on_page
        )
        # Such as which methods there are.
        response.headers.update(error.headers or {})
        return response

    def invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message, on_page = (
            f"{where}: {misfit(first)}",
            page_of(request).say(DOES_NOT_FIT, where=where),
        )
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return self.answer(request, status, "invalid", message, on_page=on_page)

    def database(self, request: Request, error: Exception) -> Response:
        if not is_outage(error):
            return self.failed(request, error)
        # Its own words repeat the statement and what was in it.
        lost = Unavailable(f"The database does not answer ({type(error).__name__})")
        return self.unavailable(request, lost)

    def failed(self, request: Request, error: Exception) -> Response:
        number = secrets.token_hex(4)
        where = {"path": request.url.path, "guild_id": request.path_params.get("guild")}
        log.error("A request failed", error_id=number, exc_info=error, **where)
        on_page = page_of(request).say(FAILED, number=number)
        status, message = HTTPStatus.INTERNAL_SERVER_ERROR, FAILED.format(number=number)
        return self.answer(request, status, "failed", message, on_page=on_page)


def install(app: FastAPI, refusals: Mapping[str, str]) -> Speaker:
    speaker = Speaker(refusals)
    app.add_exception_handler(LoggedOut, speaker.logged_out)
    app.add_exception_handler(Refused, speaker.refused)
    app.add_exception_handler(Unavailable, speaker.unavailable)
    app.add_exception_handler(HTTPException, speaker.http)
    app.add_exception_handler(RequestValidationError, speaker.invalid)
    for lost in DatabaseErrors:
        app.add_exception_handler(lost, speaker.database)
    app.add_exception_handler(Exception, speaker.failed)
    return speaker
