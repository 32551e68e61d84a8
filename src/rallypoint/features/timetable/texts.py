"""Everything this feature says. Pure."""

from __future__ import annotations

from rallypoint.kernel.jobs import Misfire
from rallypoint.ui.web.languages import N_

PAUSED = N_("Paused: it does not run until somebody resumes it.")
RESUMED = N_("Resumed.")
RUN = N_("It runs now.")
ADDED = N_("Added.")
SAVED = N_("Saved.")
REMOVED = N_("Deleted.")

MISFIRES = (
    (Misfire.ONCE.value, N_("run once for all of them")),
    (Misfire.SKIP.value, N_("leave them out")),
)
STATES = (("true", N_("active")), ("false", N_("paused")))
WENT = (("success", N_("well")), ("other", N_("not well")))
