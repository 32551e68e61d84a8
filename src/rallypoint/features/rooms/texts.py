"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .events import Closed, Opened
from .rules.states import Kind

REFUSALS = {
    "rooms_of_member": "You have {most} rooms open already. Let one of them close first.",
    "rooms_an_hour": "You opened {most} rooms within the last hour. Try again a little later.",
    "rooms_of_guild": "This server has its {most} rooms open already. Join one of them, or wait until one closes.",
    "rooms_barred": "The moderators of this server do not let you make rooms. Ask one of them.",
    "rooms_of_roles": "Only some roles open rooms on this server, and you have none of them. Ask its moderators.",
    "room_name_empty": "A room needs a name with at least one visible character. Leave it out and I pick one.",
    "room_name_long": "That name has {length} characters; a room's name has {most} at most.",
    "room_name_forbidden": "That name has a word in it that this server does not want. Choose another name.",
    "room_failed": "The room could not be made. Try again.",
    "room_unknown": "That room is not there any more.",
    "room_kept": "That room is not kept by its owner: {keeper} closes it.",
    "room_not_held": "Nobody holds that room.",
    "bot_lacks_permission": "I lack **{permission}** {where}. Ask somebody who manages this server to "
    "give that to my role there.",
    "category_unknown": "I cannot see the category set for rooms ({category}). Somebody who manages this server can "
    "mend it: `/room settings category`.",
}

REASONS = {
    "empty": "The room has been empty for its time",
    "idle": "The only one in the room has been deafened for its time",
    "owner": "Closed by its owner",
    "moderator": "Closed by a moderator",
    "age": "The room has reached the greatest age it may have here",
    "never_came": "Who it was for has left",
    "failed": "Nobody waits for this room any more",
}


def reason_closed(reason: str) -> str:
    """For the audit log. A keeper's reasons are its own words."""
    return REASONS.get(reason, reason)


KINDS: Mapping[str, str] = {
    Kind.PUBLIC: "public room",
    Kind.PRIVATE: "private room",
    Kind.PERSONAL: "personal room",
    Kind.GENERATED: "room from the lobby",
    Kind.MATCH: "match room",
}


def logged_opened(event: Opened) -> str:
    return f"<#{event.channel_id}> opened ({KINDS.get(event.room_kind, 'room')} of <@{event.owner_id}>)."


def logged_closed(event: Closed) -> str:
    what = KINDS.get(event.room_kind, "room")
    return f"A {what} of <@{event.owner_id}> closed: {event.reason.replace('_', ' ')}."
