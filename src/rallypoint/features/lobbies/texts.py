"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import Refused

REFUSALS = {
    "lobby_there": "That channel is a lobby already.",
    "lobby_unknown": "That channel is no lobby.",
}


def reason_opened(name: str) -> str:
    return f"Room for {name}"


def for_joiner(refusal: Refused, channel_id: int | None) -> Card:
    """To who joined the lobby and is not in a room of theirs now."""
    if channel_id is not None:
        return Card("Your room", (f"<#{channel_id}> is yours; I could not move you into it.",))
    if refusal.code == "member_not_in_voice":
        return Card("Your room", ("You left before I could move you, so the room is closed.",))
    said = rooms.REFUSALS.get(refusal.code) or FROM_BELOW.get(refusal.code, refusal.code)
    return Card("There is no room for you", (said.format(**refusal.facts),))


FROM_BELOW: Mapping[str, str] = {
    "guild_full": "The server has 500 channels, the most Discord allows. Its moderators can delete some.",
    "category_full": "The category for rooms has 50 channels, the most Discord allows. "
    "Somebody who manages the server can set another one: `/room settings overflow`.",
}
"""Of the refusals that the features share, those that a joiner may meet."""
