"""Requests and their faults, limits, and the clock."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, Field

from fakecord.control.operation import Ask, Operation, Problem, Request
from fakecord.entities import Json
from fakecord.errors import KINDS
from fakecord.faults import Fault
from fakecord.limits import Rate
from fakecord.requests import Request as LoggedRequest


class NewFault(Ask):
    """What happens to the next `times` requests that match."""

    method: str = "*"
    path: str = Field(default=".*", description="A route template, or a regular expression")
    times: int | None = Field(default=1, ge=1, description="null: every one")
    after: bool = Field(default=False, description="Strike once the work is done")
    latency: float = Field(default=0.0, ge=0, description="Seconds of the clock")
    jitter: float = Field(default=0.0, ge=0, description="So much more at most")
    chance: float = Field(default=1.0, ge=0, le=1)
    half_open: bool = Field(default=False, description="Never answer, never hang up")
    headers: dict[str, str | None] = Field(default={}, description="Instead of the right ones")
    body: str | None = Field(default=None, description="status: JSON, as it is")
    status: int | None = Field(default=None, ge=400, le=599)
    html: bool = False
    reset: bool = False
    hold: bool = False


class FaultShown(BaseModel):
    id: str
    method: str
    path: str
    times: int | None
    after: bool
    latency: float
    status: int | None
    html: bool
    reset: bool
    hold: bool
    half_open: bool
    jitter: float
    chance: float
    headers: dict[str, str | None]
    body: str | None
    hits: int
    held: int


class ClockMove(Ask):
    freeze: bool = False
    thaw: bool = False
    set: float | None = Field(default=None, description="Seconds since 1970")
    advance: float | None = None


class ClockShown(BaseModel):
    now: float
    frozen: bool


class Limit(Ask):
    route: str | None = Field(
        default=None,
        description='"POST /channels/{channel_id}/messages"; null: each; "global": all together',
    )
    scope: Literal["user", "shared"] = "user"
    requests: int = Field(ge=0)
    seconds: float = Field(gt=0)


async def list_requests(request: Request) -> list[Json]:
    """Each refusal with Discord's words for its code."""
    found = request.core.requests.after(int(request.number("after", 0)))
    most = int(request.number("limit", len(found)))
    return [_told(each) for each in found[max(0, len(found) - most) :]]


async def list_faults(request: Request) -> list[FaultShown]:
    return [_shown(fault) for fault in request.core.faults.all()]


async def add_fault(request: Request) -> FaultShown:
    try:
        re.compile(request.body.path)
    except re.error as error:
        raise Problem(400, "bad_body", f"path is no regular expression: {error}") from error
    return _shown(request.core.faults.add(Fault(**request.body.model_dump())))


async def clear_faults(request: Request) -> None:
    request.core.faults.clear()


async def remove_fault(request: Request) -> None:
    request.core.faults.remove(_fault(request))


async def release_fault(request: Request) -> FaultShown:
    fault = _fault(request)
    fault.release()
    return _shown(fault)


async def get_clock(request: Request) -> ClockShown:
    return ClockShown(now=request.core.clock.now(), frozen=request.core.clock.frozen)


async def move_clock(request: Request) -> ClockShown:
    body: ClockMove = request.body
    clock = request.core.clock
    if body.freeze:
        clock.freeze()
    if body.set is not None:
        clock.set(body.set)
    if body.advance is not None:
        clock.advance(body.advance)
    if body.thaw:
        clock.thaw()
    return await get_clock(request)


async def set_limit(request: Request) -> None:
    body: Limit = request.body
    limits = request.core.limits
    if body.route == "global":
        limits.total = Rate(body.requests, body.seconds)
        limits.reset()
    elif body.route is None:
        limits.default = Rate(body.requests, body.seconds)
        limits.reset()
    else:
        limits.set(body.route, body.requests, body.seconds, scope=body.scope)


def _fault(request: Request) -> Fault:
    fault = request.core.faults.get(request.args["fault"])
    if fault is None:
        raise Problem(404, "no_such_fault", f"there is no fault {request.args['fault']}")
    return fault


def _told(request: LoggedRequest) -> Json:
    kind = KINDS.get(request.code or 0)
    return request.as_json() | {"words": kind.message if kind else None}


def _shown(fault: Fault) -> FaultShown:
    fields: dict[str, Any] = {name: getattr(fault, name) for name in FaultShown.model_fields}
    return FaultShown(**fields)


_WHICH = {
    "after": "Only those after the request of this id",
    "limit": "The newest, at most so many",
}
operations = [
    Operation(
        "GET", "/requests", list_requests, "What was asked of REST", answer=list[Json], query=_WHICH
    ),
    Operation("GET", "/faults", list_faults, "The faults that are set", answer=list[FaultShown]),
    Operation("POST", "/faults", add_fault, "Set a fault", NewFault, FaultShown),
    Operation("DELETE", "/faults", clear_faults, "Remove every fault", answer=None),
    Operation(
        "DELETE", "/faults/{fault}", remove_fault, "Remove one; what it holds goes on", answer=None
    ),
    Operation(
        "POST", "/faults/{fault}/release", release_fault, "Let go what it holds", answer=FaultShown
    ),
    Operation("PUT", "/limits", set_limit, "Make a rate limit small", Limit, None),
    Operation("GET", "/clock", get_clock, "What time it is here", answer=ClockShown),
    Operation(
        "POST", "/clock", move_clock, "Freeze, set, advance or thaw it", ClockMove, ClockShown
    ),
]
