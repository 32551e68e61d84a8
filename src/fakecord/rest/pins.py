"""Pinned messages, by the present routes and by the deprecated ones.

https://docs.discord.com/developers/resources/message#get-channel-pins
"""

from __future__ import annotations

from fakecord import message_payloads
from fakecord.clock import from_iso, iso
from fakecord.entities import Channel, DirectChannel, Json, Message
from fakecord.errors import Refusal
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rules import pins

MOST_PINS = 250
MOST_OLD = 50
ORDINARY = frozenset({0, 19, 20, 23})
"""Types of messages that people and applications write; the others are the system's."""


def list_pins(call: Call) -> Json:
    found = _pinned(call)
    before = call.query.get("before")
    if before:
        latest = from_iso(before)
        found = [each for each in found if (each.pinned_at or 0.0) < latest]
    limit = call.number("limit", 50, 1, 50)
    return {
        "items": [
            {
                "pinned_at": iso(each.pinned_at or 0.0),
                "message": message_payloads.message(call.world, each),
            }
            for each in found[:limit]
        ],
        "has_more": len(found) > limit,
    }


def list_pins_old(call: Call) -> list[Json]:
    return [message_payloads.message(call.world, each) for each in _pinned(call)[:MOST_OLD]]


def pin(call: Call) -> None:
    place, message = _asked(call)
    if message.type not in ORDINARY:
        raise Refusal(50021)
    if message.pinned_at is None:
        if len(pins.of(call.step, place.id)) >= MOST_PINS:
            raise Refusal(30003)
        pins.pin(call.step, place, message)


def unpin(call: Call) -> None:
    place, message = _asked(call)
    if message.pinned_at is not None:
        pins.unpin(call.step, place, message)


def _pinned(call: Call) -> list[Message]:
    """Without READ_MESSAGE_HISTORY there are none, and no error."""
    place = call.place()
    if isinstance(place, Channel) and not call.bits(place) & Permission.READ_MESSAGE_HISTORY:
        return []
    return pins.of(call.step, place.id)


def _asked(call: Call) -> tuple[Channel | DirectChannel, Message]:
    place = call.place()
    if isinstance(place, Channel):
        call.need(place, Permission.PIN_MESSAGES, Permission.READ_MESSAGE_HISTORY)
    return place, call.message(place)


_NEW = "/channels/{channel_id}/messages/pins"
_OLD = "/channels/{channel_id}/pins"
routes = [
    Route("GET", _NEW, list_pins),
    Route("PUT", _NEW + "/{message_id}", pin),
    Route("DELETE", _NEW + "/{message_id}", unpin),
    Route("GET", _OLD, list_pins_old),
    Route("PUT", _OLD + "/{message_id}", pin),
    Route("DELETE", _OLD + "/{message_id}", unpin),
]
