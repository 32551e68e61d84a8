"""Pinned messages.

https://docs.discord.com/developers/resources/message#pin-message
"""

from __future__ import annotations

from dataclasses import replace

from fakecord.clock import iso
from fakecord.entities import Channel, DirectChannel, Json, Message
from fakecord.rules import messages
from fakecord.step import Step

PIN, UNPIN = 74, 75
PINNED = 6


def pin(step: Step, place: Channel | DirectChannel, message: Message) -> None:
    """Everybody is told by a message, too."""
    step.put(replace(message, pinned_at=step.now))
    moved = replace(place, last_pin=step.now)
    step.put(moved)
    _announce(step, moved)
    _audit(step, PIN, message)
    reference: Json = {"type": 0, "channel_id": place.id, "message_id": message.id}
    if message.guild_id:
        reference["guild_id"] = message.guild_id
    messages.say(step, moved, step.actor_id, type=PINNED, reference=reference)


def unpin(step: Step, place: Channel | DirectChannel, message: Message) -> None:
    step.put(replace(message, pinned_at=None))
    _announce(step, place)
    _audit(step, UNPIN, message)


def of(step: Step, channel_id: str) -> list[Message]:
    """Pinned last comes first."""
    found = (m for m in step.world.messages.get(channel_id, {}).values() if m.pinned_at)
    return sorted(found, key=lambda each: (each.pinned_at or 0.0, int(each.id)), reverse=True)


def _announce(step: Step, place: Channel | DirectChannel) -> None:
    data: Json = {
        "channel_id": place.id,
        "last_pin_timestamp": None if place.last_pin is None else iso(place.last_pin),
    }
    if isinstance(place, Channel):
        data["guild_id"] = place.guild_id
        step.emit("CHANNEL_PINS_UPDATE", data, place.guild_id, place)
    else:
        step.emit("CHANNEL_PINS_UPDATE", data)


def _audit(step: Step, action: int, message: Message) -> None:
    if message.guild_id is not None:
        options = {"channel_id": message.channel_id, "message_id": message.id}
        step.audit(message.guild_id, action, message.author_id, options=options)
