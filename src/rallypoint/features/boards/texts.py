"""Everything this feature says, but for its templates. Pure."""

from __future__ import annotations

from rallypoint.ui.web.languages import N_

REFUSALS = {
    "lobby_impossible": "That is no voice channel of this server that could be a lobby. Choose one of the list.",
    "board_room_held": "Somebody holds this room. Release it, then close it.",
    "board_room_kept": "This room belongs to somebody's session, and ends with it.",
}

CLOSED = N_("The room is closed.")
CLOSES = N_("The room closes as soon as Discord lets it be deleted.")
HELD = N_("The room is held: it stays until somebody releases it.")
RELEASED = N_("Released: the room closes again when it stays empty.")

SAVED = N_("Saved.")
RESET = N_("Reset to what it inherits.")
LIFTED = N_("They may make rooms again.")
LOBBY_ADDED = N_("Whoever joins it gets a room from now on.")
LOBBY_REMOVED = N_("It is a channel like any other again.")
