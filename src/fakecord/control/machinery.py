"""Requests, faults, limits, the clock and the gateway."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from fakecord.control.operation import Ask, Operation, Problem, Request
from fakecord.entities import Json
from fakecord.faults import EventFault, Fault
from fakecord.limits import Rate


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


class GatewayAction(Ask):
    action: Literal[
        "drop", "abort", "half_open", "reconnect", "invalid", "zombie", "refuse", "ask_heartbeat",
        "duplicate", "lose", "delay", "swap", "dispatch",
    ]  # fmt: skip
    code: int = Field(default=1001, description="drop: the close code")
    resumable: bool = Field(
        default=False, description="invalid: whether the session may be resumed"
    )
    on: bool = Field(default=True, description="zombie")
    times: int = Field(default=1, ge=0, description="refuse: how many connections")
    name: str = Field(
        default="", description="duplicate, lose, delay, swap, dispatch: of the event"
    )
    seconds: float = Field(default=0.0, ge=0, description="delay: by how many")
    data: Json = Field(default={}, description="dispatch: as it is, malformed if need be")


class GatewayShown(BaseModel):
    connected: int
    sessions: int
    identifies: int
    resumes: int


async def list_requests(request: Request) -> list[Json]:
    after = int(request.number("after", 0))
    return [each.as_json() for each in request.core.requests.after(after)]


async def list_faults(request: Request) -> list[FaultShown]:
    return [_shown(fault) for fault in request.core.faults.all()]


async def add_fault(request: Request) -> FaultShown:
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


async def get_gateway(request: Request) -> GatewayShown:
    gateway = request.core.gateway
    return GatewayShown(
        connected=len(gateway.connected),
        sessions=len(gateway.sessions),
        identifies=gateway.identifies,
        resumes=gateway.resumes,
    )


async def disturb_gateway(request: Request) -> GatewayShown:
    gateway = request.core.gateway
    body: GatewayAction = request.body
    match body.action:
        case "drop":
            await gateway.drop(body.code)
        case "abort":
            await gateway.abort()
        case "half_open":
            gateway.half_open()
        case "ask_heartbeat":
            gateway.ask_heartbeat()
        case "delay" | "swap":
            gateway.events.add(EventFault(body.name, body.action, seconds=body.seconds))
        case "reconnect":
            await gateway.reconnect()
        case "invalid":
            await gateway.invalidate(resumable=body.resumable)
        case "zombie":
            gateway.zombie(body.on)
        case "refuse":
            gateway.refuse(body.times)
        case "duplicate":
            gateway.duplicate_next(body.name)
        case "lose":
            gateway.lose_next(body.name)
        case "dispatch":
            gateway.send(body.name, body.data)
    return await get_gateway(request)


def _fault(request: Request) -> Fault:
    fault = request.core.faults.get(request.args["fault"])
    if fault is None:
        raise Problem(404, "no_such_fault", f"there is no fault {request.args['fault']}")
    return fault


def _shown(fault: Fault) -> FaultShown:
    fields: dict[str, Any] = {name: getattr(fault, name) for name in FaultShown.model_fields}
    return FaultShown(**fields)


_AFTER = {"after": "Only those after the request of this id"}
operations = [
    Operation(
        "GET", "/requests", list_requests, "What was asked of REST", answer=list[Json], query=_AFTER
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
    Operation("GET", "/gateway", get_gateway, "Who is connected", answer=GatewayShown),
    Operation(
        "POST", "/gateway", disturb_gateway, "Disturb the gateway", GatewayAction, GatewayShown
    ),
]
