"""What the routes of programs have in common: their router, and the errors they declare."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from .rights import caller, only_known_query
from .routing import LateRoute

DESCRIPTIONS = {
    HTTPStatus.UNAUTHORIZED: "No token, or one that is unknown, expired or revoked",
    HTTPStatus.FORBIDDEN: "The token may only read, or its bearer lacks the permission",
    HTTPStatus.NOT_FOUND: "There is no such thing, or its bearer may not know that there is",
    HTTPStatus.CONFLICT: "It does not go with what is there already",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Something in it does not fit; the message names the field",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` says when to go on",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database, or Discord, does not answer now",
}
ALWAYS = (401, 422, 429, 503)
WITH_BODY = (408, 413)


class Said(BaseModel):
    code: str = Field(description="For programs: it stays", examples=["guild_unknown"])
    message: str = Field(description="For people: it may change")


class Error(BaseModel):
    error: Said


def errors(*statuses: int) -> Mapping[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    return {
        status: {"model": Error, "description": DESCRIPTIONS[HTTPStatus(status)]}
        for status in statuses
    }


@dataclass(slots=True)
class Rehearsal:
    reached: bool = False
    """Its sender may do it, and it fits."""


_rehearsal: ContextVar[Rehearsal | None] = ContextVar("rehearsal", default=None)


@contextmanager
def rehearsed() -> Iterator[Rehearsal]:
    """A `POST` to any route of an `api` is asked all that it is asked at first, and not carried out."""
    rehearsal = Rehearsal()
    token = _rehearsal.set(rehearsal)
    try:
        yield rehearsal
    finally:
        _rehearsal.reset(token)


class _Api(APIRouter):
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        if "POST" in (more.get("methods") or ()):
            endpoint = _but_rehearsed(endpoint)
        super().add_api_route(path, endpoint, **more)


def _but_rehearsed(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(endpoint)
    async def carry_out(*args: Any, **more: Any) -> Any:
        rehearsal = _rehearsal.get()
        if rehearsal is None:
            return await endpoint(*args, **more)
        rehearsal.reached = True
        return Response()

    return carry_out


def api(prefix: str, *, tag: str) -> APIRouter:
    """A router whose every route needs a token, and refuses query parameters it does not know."""
    return _Api(
        prefix=prefix,
        route_class=LateRoute,
        tags=[tag],
        dependencies=[Depends(caller), Depends(only_known_query)],
        responses={**errors(*ALWAYS)},
    )
