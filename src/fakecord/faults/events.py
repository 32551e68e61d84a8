"""Faults of the gateway's events: lost, doubled, delayed, or overtaken by the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fakecord.agenda import Agenda
from fakecord.clock import Clock
from fakecord.faults.trace import Trace
from fakecord.step import Event

What = Literal["lose", "double", "delay", "swap"]
Deliver = Callable[[Event], None]
OVERTAKEN_AT_MOST = 5.0


@dataclass(slots=True, eq=False)
class EventFault:
    """What happens to the next *times* events (None: to all) of that name, ``*`` for any.

    - lose: it never arrives, and no gap in the sequence tells of it
    - double: it arrives twice
    - delay: it arrives *seconds* of the clock later, and up to *jitter* more
    - swap: it arrives after the next event, or after *seconds* if there is none (5 if 0)
    """

    event: str
    what: What = "lose"
    times: int | None = 1
    chance: float = 1.0
    seconds: float = 0.0
    jitter: float = 0.0
    guild_id: str | None = None
    id: str = field(default="", init=False)
    hits: int = field(default=0, init=False)

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    def matches(self, event: Event) -> bool:
        return self.event in ("*", event.name) and self.guild_id in (None, event.guild_id)


class EventFaults:
    """Those that are set; the first that matches strikes."""

    def __init__(self, trace: Trace, agenda: Agenda, clock: Clock) -> None:
        self._trace, self._agenda, self._clock = trace, agenda, clock
        self._all: dict[int, EventFault] = {}
        self._count = 0
        self._overtaken: list[Callable[[], None]] = []

    def add(self, fault: EventFault) -> EventFault:
        self._count += 1
        fault.id = str(self._count)
        self._all[self._count] = fault
        self._trace.tell()
        return fault

    def get(self, fault_id: str) -> EventFault | None:
        return next((each for each in self._all.values() if each.id == fault_id), None)

    def remove(self, fault: EventFault) -> None:
        """What it withholds comes as it does after `clear`."""
        self._all.pop(int(fault.id), None)
        self._let_pass()
        self._trace.tell()

    def all(self) -> list[EventFault]:
        return list(self._all.values())

    def clear(self) -> None:
        """What is delayed still comes when it was to come; what waits to be overtaken comes now."""
        self._all.clear()
        self._count = 0
        self._let_pass()
        self._trace.tell()

    def carry(self, event: Event, deliver: Deliver) -> None:
        """Call *deliver* as often as the event arrives, now or later."""
        fault = self._met(event) if self._all else None
        if fault is None:
            deliver(event)
        elif fault.what == "double":
            deliver(event)
            deliver(event)
        else:
            self._withhold(fault, event, deliver)
            return
        if self._overtaken:
            self._let_pass()

    def _withhold(self, fault: EventFault, event: Event, deliver: Deliver) -> None:
        if fault.what == "swap":
            self._hold_back(fault, event, deliver)
        elif fault.what == "delay":
            self._agenda.at(self._late(fault, event), lambda: deliver(event))

    def _late(self, fault: EventFault, event: Event) -> float:
        jitter = fault.jitter and fault.jitter * self._trace.roll(f"late {event.name}")
        return self._clock.now() + fault.seconds + jitter

    def _hold_back(self, fault: EventFault, event: Event, deliver: Deliver) -> None:
        told = False

        def tell() -> None:
            nonlocal told
            if not told:
                told = True
                deliver(event)

        self._overtaken.append(tell)
        self._agenda.at(self._clock.now() + (fault.seconds or OVERTAKEN_AT_MOST), tell)

    def _let_pass(self) -> None:
        waiting, self._overtaken = self._overtaken, []
        for tell in waiting:
            tell()

    def _met(self, event: Event) -> EventFault | None:
        for number, fault in self._all.items():
            if fault.matches(event) and self._strikes(number, fault, event):
                fault.hits += 1
                if fault.spent:
                    del self._all[number]
                self._trace.note(fault.what, f"{event.name} {event.guild_id or 'direct'}")
                return fault
        return None

    def _strikes(self, number: int, fault: EventFault, event: Event) -> bool:
        if fault.chance >= 1.0:
            return True
        return (
            self._trace.roll(f"event {number} {event.name} {event.guild_id or ''}") < fault.chance
        )
