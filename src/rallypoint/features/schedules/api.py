"""What other features and the command line may call."""

from __future__ import annotations

from .service.managing import (
    add,
    called,
    edit,
    history,
    listing,
    pause,
    remove,
    resume,
    run_now,
    show,
)

__all__ = [
    "add",
    "called",
    "edit",
    "history",
    "listing",
    "pause",
    "remove",
    "resume",
    "run_now",
    "show",
]
