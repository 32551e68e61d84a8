"""Everything this feature says. Pure."""

from __future__ import annotations

from rallypoint.ui.web.languages import N_

SAVED = N_("Saved. Who waits is let in as far as there is room now.")
REMOVED = N_("The lane is removed. Who waited for it is told so; what runs in it goes on.")
RESET = N_("The lanes are those of the environment again.")

REFUSALS = {
    "lane_last": "That is the last lane. Make another one first, or switch sessions off with "
    "RALLYPOINT_SESSIONS_ENABLED.",
    "lane_there": "There is a lane `{lane}` already. Change that one.",
    "lane_not_there": "There is no lane `{lane}`.",
}
