"""The one scheduler: what is to happen later is a row, written in the caller's transaction.

`schedule`, `cancel` and `move` are all a feature needs; `Job` says in a manifest how a kind is run; `Engine` runs them.
"""

from .engine import Engine
from .kinds import Affinity, Handler, Job, Work
from .scheduling import cancel, move, schedule
from .timers import Run, RunStatus, Timer, TimerState, Worker

__all__ = [
    "Affinity",
    "Engine",
    "Handler",
    "Job",
    "Run",
    "RunStatus",
    "Timer",
    "TimerState",
    "Work",
    "Worker",
    "cancel",
    "move",
    "schedule",
]
