"""A plan of misbehaviour, as data: the same seed and the same traffic give the same faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from fakecord.faults.events import What

Kind = Literal[
    "drop", "abort", "half_open", "zombie", "reconnect", "invalid", "refuse", "ask_heartbeat",
    "outage", "reset_token", "lose_permission", "freeze_clock", "move_clock",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happens *at* seconds of the clock after the plan began, up to *jitter* later.

    With *every*, again after so many seconds, *times* in all.

    - drop: every connection of the gateway closes, with *code*; abort: without a word
    - half_open: connections hear and say nothing more, not even goodbye
    - zombie: they say nothing for *seconds*
    - reconnect: op 7; invalid: op 9, *resumable* or not; ask_heartbeat: op 1
    - refuse: the next *count* connections fail
    - outage: *guild* is unavailable for *seconds*; with *stale*, it comes back with the voice states
      of when it went
    - reset_token: REST says 401 and the gateway 4004 to the old one
    - lose_permission: the bot's roles in *guild* lose *permission*, for *seconds* (0: for good)
    - freeze_clock: until somebody moves it; move_clock: on by *seconds*, or back
    """

    fault: Kind
    at: float = 0.0
    jitter: float = 0.0
    every: float | None = None
    times: int = 1
    seconds: float = 0.0
    code: int = 1001
    resumable: bool = False
    count: int = 1
    guild: str | None = None
    permission: str | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRule:
    """A fault of requests, with the fields and meanings of `Fault`; None is every time."""

    method: str = "*"
    path: str = ".*"
    times: int | None = None
    after: bool = False
    latency: float = 0.0
    status: int | None = None
    html: bool = False
    reset: bool = False
    half_open: bool = False
    jitter: float = 0.0
    chance: float = 1.0
    headers: dict[str, str | None] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """A fault of events, with the fields and meanings of `EventFault`; None is every time."""

    event: str = "*"
    what: What = "lose"
    times: int | None = None
    chance: float = 1.0
    seconds: float = 0.0
    jitter: float = 0.0
    guild_id: str | None = None


@checked(config=ConfigDict(extra="forbid"), frozen=True, kw_only=True)
class Plan:
    """*until* seconds of the clock after it began, all faults end: what comes then must heal."""

    seed: int = 0
    requests: tuple[RequestRule, ...] = ()
    events: tuple[EventRule, ...] = ()
    moments: tuple[Moment, ...] = ()
    until: float | None = None


class PlanError(ValueError):
    """That is no plan."""


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def read_plan(given: dict[str, Any]) -> Plan:
    """From JSON; PlanError says which field is wrong."""
    try:
        return _adapter().validate_python(given)
    except ValidationError as error:
        raise PlanError(f"no plan of faults: {error}") from error
