"""What other features may call."""

from __future__ import annotations

from .rules.asked import Conditions, Whole, check, read, written
from .rules.flat import Flat, flat
from .rules.flat import field_of as field_of_condition
from .rules.heard import Heard, guild_of, member_of
from .rules.kept import event, read_event
from .rules.steps import Outcome, Ruling
from .service.evaluating import Evaluation, Listener, at, begin
from .service.simulating import MOST_DAYS, Elapsed, Simulation, simulate
from .service.states import Place, forget

__all__ = [
    "MOST_DAYS",
    "Conditions",
    "Elapsed",
    "Evaluation",
    "Flat",
    "Heard",
    "Listener",
    "Outcome",
    "Place",
    "Ruling",
    "Simulation",
    "Whole",
    "at",
    "begin",
    "check",
    "event",
    "field_of_condition",
    "flat",
    "forget",
    "guild_of",
    "member_of",
    "read",
    "read_event",
    "simulate",
    "written",
]
