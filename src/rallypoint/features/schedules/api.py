"""What other features and the command line may call."""

from __future__ import annotations

from .rules import ScheduleSettings
from .service.managing import (
    add,
    called,
    edit,
    history,
    listing,
    of_program,
    pause,
    remove,
    resume,
    run_now,
    show,
)

__all__ = [
    "ScheduleSettings",
    "add",
    "called",
    "edit",
    "history",
    "listing",
    "of_program",
    "pause",
    "remove",
    "resume",
    "run_now",
    "show",
]
