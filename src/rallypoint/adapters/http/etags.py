"""`ETag` and `If-None-Match`: who has an answer already is told that it is still good."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .answered import Answered, collect
from .gate import PREFIX

CACHING = "private, no-cache"


class ETags:
    """Of everything below `/api` that is read as JSON; what is streamed goes through as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_read(scope):
            await self._app(scope, receive, send)
            return
        answer = await collect(self._app, scope, receive, send, _is_json)
        if answer is None:
            return
        tag = _tag(answer.body)
        answer.headers.update({"ETag": tag, "Cache-Control": CACHING})
        if _matches(Headers(scope=scope).get("if-none-match"), tag):
            answer.status, answer.body = 304, b""
            for name in ("content-length", "content-type"):
                del answer.headers[name]
        await answer.send(send)


def _is_read(scope: Scope) -> bool:
    is_ours: bool = scope["type"] == "http" and scope["path"].startswith(PREFIX)
    return is_ours and scope["method"] == "GET"


def _is_json(answer: Answered) -> bool:
    return answer.status == 200 and answer.headers.get("content-type") == "application/json"


def _tag(body: bytes) -> str:
    """A weak one: the same is told packed and unpacked."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _matches(given: str | None, tag: str) -> bool:
    if given is None:
        return False
    tags = [each.strip().removeprefix("W/") for each in given.split(",")]
    return tag.removeprefix("W/") in tags or "*" in tags
