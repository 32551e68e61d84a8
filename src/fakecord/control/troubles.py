"""Faults by hand at run time: of events and of a moment, and all that is set or lasts, to end it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import BaseModel, Field

from fakecord.control.operation import Ask, Operation, Problem, Request
from fakecord.core import Core
from fakecord.faults import EventFault, Fault, Moment
from fakecord.faults.conductor import Lasting
from fakecord.faults.events import What
from fakecord.faults.plan import Kind, Plan, PlanError
from fakecord.people.guild import GuildHandle

VERBS = {"lose": "lost", "double": "doubled", "delay": "delayed", "swap": "overtaken by the next"}


class NewEventFault(Ask):
    """What happens to the next `times` events of that name."""

    event: str = Field(min_length=1, max_length=64, description="VOICE_STATE_UPDATE; * is any")
    what: What = "lose"
    times: int | None = Field(default=1, ge=1, description="null: every one")
    chance: float = Field(default=1.0, ge=0, le=1)
    seconds: float = Field(default=0.0, ge=0, description="delay: by so much; swap: at most")
    jitter: float = Field(default=0.0, ge=0, description="delay: so much more at most")
    guild_id: str | None = None


class EventFaultShown(NewEventFault):
    id: str
    hits: int


class Happening(Ask):
    """Now; the fields mean what they mean in a plan's moment."""

    fault: Kind
    seconds: float = 0.0
    code: int = 1001
    resumable: bool = False
    count: int = Field(default=1, ge=0)
    guild: str | None = Field(default=None, description="Name or id; null: every one")
    permission: str | None = None
    stale: bool = False


class TroubleShown(BaseModel):
    id: str
    kind: Literal["request", "event", "outage", "zombie", "refuse", "permission", "plan"]
    words: str = Field(description="For people")
    hits: int = Field(default=0, description="How often it struck")
    held: int = Field(default=0, description="Requests that wait for it")
    until: float | None = Field(default=None, description="Of the clock, if it ends by itself")


Trouble = tuple[TroubleShown, Callable[[], None]]


async def add_event_fault(request: Request) -> EventFaultShown:
    fault = EventFault(**request.body.model_dump())
    return _event_shown(request.core.gateway.events.add(fault))


async def list_event_faults(request: Request) -> list[EventFaultShown]:
    return [_event_shown(each) for each in request.core.gateway.events.all()]


async def remove_event_fault(request: Request) -> None:
    fault = request.core.gateway.events.get(request.args["fault"])
    if fault is None:
        raise Problem(404, "no_such_fault", f"there is no event fault {request.args['fault']}")
    request.core.gateway.events.remove(fault)


async def let_happen(request: Request) -> list[TroubleShown]:
    given = request.body.model_dump()
    try:
        request.core.conductor.strike(Moment(**given))
    except PlanError as error:
        raise Problem(400, "bad_plan", str(error)) from error
    return await list_troubles(request)


async def list_troubles(request: Request) -> list[TroubleShown]:
    return [shown for shown, _ in _all(request.core)]


async def end_trouble(request: Request) -> None:
    for shown, end in _all(request.core):
        if shown.id == request.args["trouble"]:
            end()
            return
    raise Problem(404, "no_such_trouble", f"{request.args['trouble']} is over, or never was")


async def end_all(request: Request) -> None:
    for _, end in _all(request.core):
        end()


def _all(core: Core) -> Iterator[Trouble]:
    """What is set or lasts now, and what ends it. A fault that has struck often enough is over."""
    if core.conductor.plan != Plan():
        words = f"A plan of faults is followed, with the seed {core.conductor.plan.seed}"
        yield TroubleShown(id="plan", kind="plan", words=words), core.conductor.end
    for fault in core.faults.all():
        if not fault.spent or fault.held:
            yield _request(core, fault)
    for event in core.gateway.events.all():
        yield _event(core, event)
    yield from _guilds(core)
    yield from _gateway(core)
    for lasting in core.conductor.lasting:
        if lasting.moment.fault == "lose_permission":
            yield _permission(core, lasting)


def _request(core: Core, fault: Fault) -> Trouble:
    which = "every request" if fault.path == ".*" else fault.path
    method = "" if fault.method == "*" else f"{fault.method} "
    words = f"{method}{which}: {fault.describe() or 'nothing'}{_left(fault)}"
    shown = TroubleShown(
        id=f"request-{fault.id}", kind="request", words=words, hits=fault.hits, held=fault.held
    )
    return shown, lambda: core.faults.remove(fault)


def _event(core: Core, fault: EventFault) -> Trouble:
    name = "Every event" if fault.event == "*" else fault.event
    by = f" by {fault.seconds:g} s" if fault.what == "delay" else ""
    words = f"{name}: {VERBS[fault.what]}{by}{_left(fault)}"
    shown = TroubleShown(id=f"event-{fault.id}", kind="event", words=words, hits=fault.hits)
    return shown, lambda: core.gateway.events.remove(fault)


def _left(fault: Fault | EventFault) -> str:
    if fault.times is None:
        return ", every time" if fault.chance >= 1 else f", {fault.chance:.0%} of the time"
    left = fault.times - fault.hits
    return f", {left} more" if left != 1 else ", once"


def _guilds(core: Core) -> Iterator[Trouble]:
    for state in core.world.guilds.values():
        if state.guild.unavailable:
            guild = GuildHandle(core, state.guild.id)
            words = f"{guild.name} has an outage"
            shown = TroubleShown(id=f"outage-{guild.id}", kind="outage", words=words)
            yield shown, guild.ends_outage


def _gateway(core: Core) -> Iterator[Trouble]:
    gateway = core.gateway
    if any(each.connection and each.connection.silent for each in gateway.connected):
        words = "The connection is a zombie: open, and silent"
        yield TroubleShown(id="zombie", kind="zombie", words=words), lambda: gateway.zombie(False)
    if gateway.refusing:
        words = f"The next {gateway.refusing} connections are refused"
        yield TroubleShown(id="refuse", kind="refuse", words=words), lambda: gateway.refuse(0)


def _permission(core: Core, lasting: Lasting) -> Trouble:
    words = f"The bot's roles have lost {lasting.moment.permission}"
    shown = TroubleShown(
        id=f"permission-{lasting.id}", kind="permission", words=words, until=lasting.until
    )
    return shown, lambda: core.conductor.cure(lasting)


def _event_shown(fault: EventFault) -> EventFaultShown:
    return EventFaultShown(**{name: getattr(fault, name) for name in EventFaultShown.model_fields})


operations = [
    Operation(
        "GET", "/event-faults", list_event_faults, "The faults of events that are set",
        answer=list[EventFaultShown],
    ),
    Operation(
        "POST", "/event-faults", add_event_fault, "Lose, double, delay or reorder events",
        NewEventFault, EventFaultShown,
    ),
    Operation(
        "DELETE", "/event-faults/{fault}", remove_event_fault, "Remove one of events", answer=None
    ),
    Operation(
        "POST", "/happenings", let_happen, "Let something of a plan happen now",
        Happening, list[TroubleShown],
    ),
    Operation(
        "GET", "/troubles", list_troubles, "All that is set or lasts", answer=list[TroubleShown]
    ),
    Operation("DELETE", "/troubles/{trouble}", end_trouble, "End one of these", answer=None),
    Operation("DELETE", "/troubles", end_all, "End all of these", answer=None),
]  # fmt: skip
