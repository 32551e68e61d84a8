"""What is remembered, in its JSON shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .heard import Heard
from .quota import Sent
from .room import Held, Room
from .starts import Starts
from .steps import State

Json = dict[str, Any]


def whole(state: State) -> Json:
    forgotten = state.sent.forgotten
    return {
        "sent": [[at.isoformat(), event_id] for at, event_id in state.sent.lately],
        "forgotten": None if forgotten is None else forgotten.isoformat(),
        "starts": [
            [subject, guild_id, at.isoformat()]
            for subject, (guild_id, at) in state.starts.known.items()
        ],
    }


def room(value: Room) -> Json:
    held = value.held
    return {
        "occupants": sorted(value.occupants),
        "held": None if held is None else event(held.event) | {"due": held.due.isoformat()},
    }


def event(value: Heard) -> Json:
    return {
        "id": value.id,
        "kind": value.kind,
        "subject": value.subject,
        "at": value.at.isoformat(),
        "data": dict(value.data),
    }


def read_whole(value: Mapping[str, Any]) -> tuple[Sent, Starts]:
    forgotten = value["forgotten"]
    sent = Sent(
        tuple((_moment(at), event_id) for at, event_id in value["sent"]),
        None if forgotten is None else _moment(forgotten),
    )
    return sent, Starts({each: (guild, _moment(at)) for each, guild, at in value["starts"]})


def read_room(value: Mapping[str, Any]) -> Room:
    held = value["held"]
    return Room(
        frozenset(value["occupants"]),
        None if held is None else Held(read_event(held), _moment(held["due"])),
    )


def read_event(value: Mapping[str, Any]) -> Heard:
    at = _moment(value["at"])
    return Heard(value["id"], value["kind"], value["subject"], at, value["data"])


_moment = datetime.fromisoformat
