"""Faults of REST: what befalls a request on its way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fakecord.agenda import Agenda
from fakecord.faults.trace import Trace

REASONS = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway"}
REASONS |= {503: "Service Unavailable", 504: "Gateway Timeout", 520: "Web server returned an error"}


def edge_page(status: int) -> str:
    """What answers when it is not Discord that answers, but what stands before it."""
    title = f"{status} {REASONS.get(status, 'Error')}"
    return (
        f"<html><head><title>{title}</title></head>"
        f"<body><center><h1>{title}</h1></center><hr><center>cloudflare</center></body></html>"
    )


@dataclass(slots=True, eq=False)
class Fault:
    """What happens to the next *times* requests (None: to all) that match *method* and *path*.

    *path* is a route template (``/channels/{channel_id}``) or a regular expression searched in the
    path. A fault strikes before the work, or with *after* once it is done: then the caller does not
    learn that it was.

    - *latency*: seconds of the clock before the work, and up to *jitter* more
    - *status*: answer with it, and with *body*, JSON; with *html* as the edge does it, in HTML
    - *reset*: cut the connection
    - *hold*: keep the request until `release`, or until its caller gives up; given up before the
      work, it is never done
    - *half_open*: never answer and never hang up, not even when the caller does
    - *headers*: of the answer, put in place of the right ones; null takes one away
    - *chance*: strike only so often, by the dice of the seed
    """

    method: str = "*"
    path: str = ".*"
    times: int | None = 1
    after: bool = False
    latency: float = 0.0
    status: int | None = None
    html: bool = False
    reset: bool = False
    hold: bool = False
    half_open: bool = False
    jitter: float = 0.0
    chance: float = 1.0
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: str | None = None
    dice: str = ""
    """What its chances are decided by, besides the seed; else its id."""
    id: str = field(default="", init=False)
    hits: int = field(default=0, init=False)
    held: int = field(default=0, init=False)
    _reached: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    def matches(self, method: str, template: str | None, path: str) -> bool:
        if self.spent:
            return False
        if self.method not in ("*", method):
            return False
        return self.path == template or re.search(self.path, path) is not None

    @property
    def answer(self) -> object:
        """What is answered with *status*; text is JSON as it is."""
        words = f"{self.status}: a fault of fakecord"
        return {"message": words, "code": 0} if self.body is None else self.body

    def describe(self) -> str:
        """In a word or two, for the trace."""
        kinds = ("html", "reset", "hold", "half_open", "headers")
        named = [kind for kind in kinds if getattr(self, kind)]
        named += [str(self.status)] if self.status is not None else []
        named += ["latency"] if self.latency or self.jitter else []
        return " ".join(named) + (" after" if self.after else "")

    async def reached(self, timeout: float = 10.0) -> None:
        """Wait until a request has met this fault (and, with *hold*, is being held)."""
        async with asyncio.timeout(timeout):
            await self._reached.wait()

    def release(self) -> None:
        """Let go what is held, and hold nothing more."""
        self._released.set()

    async def wait_here(self, agenda: Agenda, seconds: float) -> None:
        """Where a request meets the fault: latency, then the hold."""
        holds = self.hold or self.half_open
        self.held += holds
        self._reached.set()
        try:
            if seconds:
                await agenda.wait(seconds)
            if holds:
                await self._released.wait()
        finally:
            self.held -= holds


class Faults:
    """Those that are set; the first that matches strikes."""

    def __init__(self, trace: Trace, agenda: Agenda) -> None:
        self.trace = trace
        self.agenda = agenda
        self._all: dict[str, Fault] = {}
        self._count = 0

    def add(self, fault: Fault) -> Fault:
        self._count += 1
        fault.id = str(self._count)
        self._all[fault.id] = fault
        self.trace.tell()
        return fault

    def get(self, fault_id: str) -> Fault | None:
        return self._all.get(fault_id)

    def remove(self, fault: Fault) -> None:
        """What it holds goes on."""
        self._all.pop(fault.id, None)
        fault.release()
        self.trace.tell()

    def clear(self) -> None:
        for fault in list(self._all.values()):
            self.remove(fault)

    def all(self) -> list[Fault]:
        return list(self._all.values())

    def meet(self, method: str, template: str | None, path: str) -> Fault | None:
        for fault in self._all.values():
            if fault.matches(method, template, path) and self._strikes(fault, method, path):
                fault.hits += 1
                self.trace.note(fault.describe(), f"{method} {path}")
                return fault
        return None

    async def strike(self, fault: Fault) -> None:
        seconds = fault.latency
        if fault.jitter:
            seconds += fault.jitter * self.trace.roll(f"latency {fault.dice or fault.id}")
        await fault.wait_here(self.agenda, seconds)

    def _strikes(self, fault: Fault, method: str, path: str) -> bool:
        if fault.chance >= 1.0:
            return True
        return self.trace.roll(f"request {fault.dice or fault.id} {method} {path}") < fault.chance
