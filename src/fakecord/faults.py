"""Misbehaviour on request: what a network and a busy Discord do to a bot, one fault at a time."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

EDGE_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


@dataclass(slots=True, eq=False)
class Fault:
    """What happens to the next *times* requests (None: to all) that match *method* and *path*.

    *path* is a route template (``/channels/{channel_id}``) or a regular expression searched in the
    path. A fault strikes before the work, or with *after* once it is done: then the caller does not
    learn that it was.

    - *latency*: seconds of waiting before the work
    - *status*: answer with it; with *html* as the edge does it, in HTML
    - *reset*: cut the connection
    - *hold*: keep the request until `release`, or until its caller gives up; given up before the
      work, it is never done
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
    id: str = ""
    hits: int = 0
    held: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def matches(self, method: str, template: str | None, path: str) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method not in ("*", method):
            return False
        return self.path == template or re.search(self.path, path) is not None

    async def reached(self, timeout: float = 10.0) -> None:
        """Wait until a request has met this fault (and, with *hold*, is being held)."""
        async with asyncio.timeout(timeout):
            await self._reached.wait()

    def release(self) -> None:
        """Let go what is held, and hold nothing more."""
        self._released.set()

    async def wait_here(self) -> None:
        """Where a request meets the fault: latency, then the hold."""
        self.hits += 1
        self.held += self.hold
        self._reached.set()
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            if self.hold:
                await self._released.wait()
        finally:
            self.held -= self.hold


class Faults:
    """Those that are set; the first that matches strikes."""

    def __init__(self) -> None:
        self._all: dict[str, Fault] = {}
        self._count = 0

    def add(self, fault: Fault) -> Fault:
        self._count += 1
        fault.id = str(self._count)
        self._all[fault.id] = fault
        return fault

    def get(self, fault_id: str) -> Fault | None:
        return self._all.get(fault_id)

    def remove(self, fault: Fault) -> None:
        """What it holds goes on."""
        self._all.pop(fault.id, None)
        fault.release()

    def clear(self) -> None:
        for fault in list(self._all.values()):
            self.remove(fault)

    def all(self) -> list[Fault]:
        return list(self._all.values())

    def meet(self, method: str, template: str | None, path: str) -> Fault | None:
        return next((f for f in self._all.values() if f.matches(method, template, path)), None)
