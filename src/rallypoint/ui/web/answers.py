"""What the routes of programs have in common: their router, and the errors they declare."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from .rights import caller, only_known_query
from .routing import router

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


def api(prefix: str, *, tag: str) -> APIRouter:
    """A router whose every route needs a token, and refuses query parameters it does not know."""
    return router(
        prefix,
        tags=[tag],
        dependencies=[Depends(caller), Depends(only_known_query)],
        responses={**errors(*ALWAYS)},
    )
