"""What other features may call.

A room of your own: `request` it in your transaction, naming yourself as its *keeper*; after the commit `create` its
channel; `close` it when you say so (or, if a timer of yours sees to it should you not: `condemn` it, after the commit
`delete` its channel, then `note_deleted`). Presence never ends it, and a crash at any point leaves no channel behind:
what became of it is told by `Opened` and `Closed`.

A room that people ask for has the keeper `KEEPER`: `rooms` itself, which closes it when it has been empty for its time.
"""

from __future__ import annotations

from .events import Closed, Opened
from .model import Bar, Others, Room, RoomSettings
from .rules.names import clean as clean_name
from .rules.overwrites import ENTER, EVERYONE, from_json, of_public
from .rules.powers import MODERATORS, Power
from .rules.requests import fill_template, free_number
from .rules.states import KEEPER, LIVE, USABLE, WITH_CHANNEL, Kind, Reason, State
from .service.closing import (
    LOOK_AGAIN,
    close,
    condemn,
    delete,
    note_deleted,
    request_close,
    stuck,
)
from .service.following import note
from .service.moderating import bar, hold, release
from .service.opening import create
from .service.requests import Requested, codename, request, settings_for, settings_of
from .service.rights import TO_WRITE, Rights, check_in_channel, check_rights
from .texts import REFUSALS

__all__ = [
    "ENTER",
    "EVERYONE",
    "KEEPER",
    "LIVE",
    "LOOK_AGAIN",
    "MODERATORS",
    "REFUSALS",
    "TO_WRITE",
    "USABLE",
    "WITH_CHANNEL",
    "Bar",
    "Closed",
    "Kind",
    "Opened",
    "Others",
    "Power",
    "Reason",
    "Requested",
    "Rights",
    "Room",
    "RoomSettings",
    "State",
    "bar",
    "check_in_channel",
    "check_rights",
    "clean_name",
    "close",
    "codename",
    "condemn",
    "create",
    "delete",
    "fill_template",
    "free_number",
    "from_json",
    "hold",
    "note",
    "note_deleted",
    "of_public",
    "release",
    "request",
    "request_close",
    "settings_for",
    "settings_of",
    "stuck",
]
