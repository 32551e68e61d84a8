"""The way to everything below `/api`: who comes without a good token sees nothing, not even what is there."""

from __future__ import annotations

from datetime import timedelta
from email.message import Message
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rallypoint.kernel import people
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Caller

from . import bodies
from .errors import Speaker
from .limits import Limit
from .site import Site
from .tokens import Bearers, TooManyBad

PREFIX = "/api/"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SCHEME = "bearer "


class Turned(Exception):
    """Nobody gets through with that."""

    def __init__(self, status: HTTPStatus, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Gate:
    def __init__(self, app: ASGIApp, *, site: Site, speaker: Speaker) -> None:
        self._app = app
        self._bearers = Bearers(site)
        self._limit: Limit[UserId] = Limit(site.api_per_minute, site.clock)
        self._speaker = speaker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            request.state.caller = await self._admit(request)
            body = await body_of(request, receive)
        except bodies.Gone:
            return
        except Turned as turned:
            await turn(self._speaker, request, turned)(scope, receive, send)
        except Unavailable as error:
            await self._speaker.unavailable(request, error)(scope, receive, send)
        else:
            await self._app(scope, bodies.again(body, receive), send)

    async def _admit(self, request: Request) -> Caller:
        caller = await self._known(request)
        if wait := self._limit.take(caller.user_id):
            raise _too_many("too_many_requests", "That is too often.", wait)
        if scope_for(request.method) not in caller.scopes:
            message = "This token may only read. Make one without --read-only."
            raise Turned(HTTPStatus.FORBIDDEN, "token_read_only", message)
        return caller

    async def _known(self, request: Request) -> Caller:
        """One answer whatever is wrong: why a token is refused is nobody's business who cannot show a good one."""
        given = request.headers.getlist("authorization")
        caller = None
        if len(given) == 1 and given[0].lower().startswith(SCHEME):
            caller = await self._bearer(given[0][len(SCHEME) :].strip(), request)
        if caller is None:
            message = "This needs a good token: `Authorization: Bearer rp_…`. `rallypoint token create` makes one."
            status = HTTPStatus.UNAUTHORIZED
            raise Turned(status, "token_invalid", message, WWW_Authenticate="Bearer")
        return caller

    async def _bearer(self, text: str, request: Request) -> Caller | None:
        address = request.client.host if request.client else ""
        try:
            return await self._bearers.find(text, address)
        except TooManyBad as error:
            message = "Your address tried too many tokens that are not good. `rallypoint token list` shows which are."
            raise _too_many("too_many_bad_tokens", message, error.wait) from None


def scope_for(method: str) -> people.Scope:
    return people.Scope.READ if method in READING else people.Scope.WRITE


def turn(speaker: Speaker, request: Request, turned: Turned) -> Response:
    response = speaker.answer(request, turned.status, turned.code, turned.message)
    response.headers.update(turned.headers)
    return response


def _too_many(code: str, message: str, wait: timedelta) -> Turned:
    seconds = int(wait.total_seconds()) + 1
    words = f"{message} Go on in {seconds} s."
    return Turned(HTTPStatus.TOO_MANY_REQUESTS, code, words, Retry_After=str(seconds))


async def body_of(request: Request, receive: Receive) -> bytes:
    try:
        body = await bodies.read(receive, request.headers.get("content-length"))
        if body and _is_json(request):
            bodies.check(body)
    except bodies.TooLarge:
        message = f"The body is too large. Send at most {bodies.MOST_BYTES} bytes."
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        # Or the rest of it would be taken for the next request.
        raise Turned(status, "body_too_large", message, Connection="close") from None
    except TimeoutError:
        message = "The body did not come in time. Send it at once."
        status = HTTPStatus.REQUEST_TIMEOUT
        raise Turned(status, "body_too_slow", message, Connection="close") from None
    except bodies.NotJson as error:
        message = f"The body does not fit: {error}."
        raise Turned(HTTPStatus.UNPROCESSABLE_ENTITY, "json_invalid", message) from None
    return body


def _is_json(request: Request) -> bool:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )
