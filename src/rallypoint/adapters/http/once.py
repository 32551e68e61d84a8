"""`Idempotency-Key`: what a program sends again, not knowing whether it arrived, is carried out once.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rallypoint.kernel.errors import Refused, Unavailable
from rallypoint.ui.web.answers import rehearsed

from . import bodies
from .answered import Answered, collect
from .errors import Speaker
from .gate import PREFIX
from .site import Repeats

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 255
PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
"""Printable ASCII; what is around it is not part of a header."""
AGAIN_IN = "2"
"""Seconds until one that is being carried out is asked for again."""


class Once:
    """Behind the gate, which knows who asks."""

    def __init__(self, app: ASGIApp, *, repeats: Repeats, speaker: Speaker) -> None:
        self._app = app
        self._repeats = repeats
        self._speaker = speaker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        given = request.headers.getlist(HEADER) if _is_meant(scope) else []
        if not given:
            await self._app(scope, receive, send)
            return
        body = await bodies.read(receive, None)
        try:
            key = _checked(given)
            found = await self._repeats.claim(
                request.state.caller.user_id, key, _digest(request, body)
            )
        except Refused as refused:
            response = self._speaker.refused(request, refused)
            if refused.code == "idempotency_key_busy":
                response.headers["Retry-After"] = AGAIN_IN
            await response(scope, receive, send)
        except Unavailable as error:
            await self._speaker.unavailable(request, error)(scope, receive, send)
        else:
            if isinstance(found, bytes):
                answer = await self._repeat(found, scope, bodies.again(body, receive), send)
            else:
                answer = await self._carry_out(found, scope, bodies.again(body, receive), send)
            await answer.send(send)

    async def _repeat(self, found: bytes, scope: Scope, receive: Receive, send: Send) -> Answered:
        """To who may still ask for it: what they may is not what their token may, and changes meanwhile."""
        with rehearsed() as rehearsal:
            now = await collect(self._app, scope, receive, send, lambda _: True)
        assert now is not None
        if not rehearsal.reached and now.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            return now
        answer = Answered.unpacked(found)
        answer.headers[REPLAYED] = "true"
        return answer

    async def _carry_out(self, run: Any, scope: Scope, receive: Receive, send: Send) -> Answered:
        answer = None
        try:
            answer = await collect(self._app, scope, receive, send, lambda _: True)
            assert answer is not None
            return answer
        finally:
            await self._settle(run, answer)

    async def _settle(self, run: Any, answer: Answered | None) -> None:
        """What went wrong on our side may be tried again at once."""
        try:
            if answer is None or answer.status >= 500:
                await self._repeats.give_back(run)
            else:
                await self._repeats.keep(run, answer.packed())
        except Unavailable as error:
            # It is done: its sender is told so. The key is free again in a while.
            log.warning("An answer could not be kept for a repetition", error=str(error))


def _is_meant(scope: Scope) -> bool:
    is_ours: bool = scope["type"] == "http" and scope["path"].startswith(PREFIX)
    return is_ours and scope["method"] == "POST"


def _checked(given: Sequence[str]) -> str:
    if len(given) > 1 or not re.fullmatch(PATTERN, given[0]):
        raise Refused("idempotency_key_invalid", most=LONGEST)
    return given[0]


def _digest(request: Request, body: bytes) -> bytes:
    """Of what is asked for."""
    parts = (request.method, request.url.path, request.url.query)
    asked = "\n".join([*parts, request.headers.get("content-type", ""), ""])
    return hashlib.sha256(asked.encode() + body).digest()
