"""The one scheduler: what is to happen later is a row, written in the caller's transaction.

`schedule`, `schedule_each`, `schedule_many`, `cancel` and `move` are all a feature needs; `Job` says in a manifest how
a kind is run; `Engine` runs them.
"""

from .builtins import Builtin
from .builtins import ensure as ensure_builtins
from .engine import Engine
from .kinds import Affinity, Handler, Job, Work
from .many import schedule_many
from .recurrence import Cron, Interval, Once, Recurrence
from .scheduling import Planned, cancel, move, schedule, schedule_each
from .terms import Misfire
from .timers import Run, RunStatus, Schedule, Timer, TimerState, Worker

__all__ = [
    "Affinity",
    "Builtin",
    "Cron",
    "Engine",
    "Handler",
    "Interval",
    "Job",
    "Misfire",
    "Once",
    "Planned",
    "Recurrence",
    "Run",
    "RunStatus",
    "Schedule",
    "Timer",
    "TimerState",
    "Work",
    "Worker",
    "cancel",
    "ensure_builtins",
    "move",
    "schedule",
    "schedule_each",
    "schedule_many",
]
