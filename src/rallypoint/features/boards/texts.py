"""Everything this feature says, but for its templates. Pure."""

from __future__ import annotations

from rallypoint.ui.web.languages import N_

REFUSALS = {
    "board_room_held": "Somebody holds this room. Release it, then close it.",
    "board_room_kept": "This room belongs to somebody's session, and ends with it.",
}

CLOSED = N_("The room is closed.")
CLOSES = N_("The room closes as soon as Discord lets it be deleted.")
HELD = N_("The room is held: it stays until somebody releases it.")
RELEASED = N_("Released: the room closes again when it stays empty.")
