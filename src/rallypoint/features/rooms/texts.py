"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rallypoint.features.guilds.api import Shown
from rallypoint.kernel import durations

REFUSALS = {
    "rooms_of_member": "You have {most} rooms open already. Let one of them close first.",
    "rooms_an_hour": "You opened {most} rooms within the last hour. Try again a little later.",
    "rooms_of_guild": "This server has its {most} rooms open already. Join one of them, or wait until one closes.",
    "room_name_empty": "A room needs a name with at least one visible character. Leave it out and I pick one.",
    "room_name_long": "That name has {length} characters; a room's name has {most} at most.",
    "rooms_barred": "The moderators of this server do not let you make rooms. Ask one of them.",
    "room_failed": "The room could not be made. Try again.",
    "room_unknown": "That room is not there any more.",
    "bot_lacks_permission": "I lack the permission **{permission}** {where}. Ask somebody who manages this server to "
    "give it to my role there.",
    "category_unknown": "I cannot see the category set for rooms ({category}). Somebody who manages this server can "
    "mend it: `/room settings category`.",
    "setting_value_missing": "Say what `{key}` is to be, or `reset` to go back to what is inherited.",
}

_ORIGINS = {
    "default": "default",
    "program": "set for all servers",
    "guild": "set here",
    "channel": "set for the channel",
}


def room_opened(channel_id: int, *, empty_after: timedelta) -> str:
    return (
        f"<#{channel_id}> is open. It closes by itself when it has been empty for "
        f"{durations.words(empty_after)}."
    )


REASON_EMPTY = "The room has been empty for its time"
REASONS = {
    "owner": "Closed by its owner",
    "moderator": "Closed by a moderator",
    "age": "The room has reached the greatest age it may have here",
    "never_came": "Who it was for has left",
    "failed": "Nobody waits for this room any more",
}


def reason_closed(ending: str | None) -> str:
    """For the audit log. A keeper's reasons are its own words."""
    return REASON_EMPTY if ending is None else REASONS.get(ending, ending)


def reason_opened(name: str) -> str:
    return f"Room for {name}"


def settings(shown: Sequence[Shown]) -> str:
    return "\n".join(setting(each) for each in shown)


def setting(shown: Shown) -> str:
    value = _value(shown.key, shown.value)
    return f"`{shown.key.partition('.')[2]}` — **{value}** ({_ORIGINS[shown.origin]})\n-# {shown.description}"


def _value(key: str, value: Any) -> str:
    if value is None:
        return "none"
    if key == "rooms.empty_after":
        return durations.words(timedelta(seconds=value))
    if key == "rooms.category":
        return f"<#{value}>"
    return str(value)
