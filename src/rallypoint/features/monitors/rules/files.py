"""The shape of a channels file, as dbot documents it and as its example has it. Pure.

`{"channels": [{"channel_id", "webhooks": {"new_user_webhooks": [address…], …}, "redis": {"queue"}, "redis_queues":
[{"queue"}…]}]}`. Names that begin with `_` are remarks. What is wrong is named with its place, as in
`channels[0].webhooks.new_user_webhooks[1]`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rallypoint.kernel.errors import Refused

from .callouts import Type

LONGEST_QUEUE = 512
MOST_ID = (1 << 64) - 1
CHANNEL = ("channel_id", "webhooks", "redis", "redis_queues")
HOOKS = {f"{each}_webhooks": each for each in Type}


@dataclass(frozen=True, slots=True)
class Address:
    place: str
    template: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel of the file."""

    channel_id: int
    place: str
    addresses: Mapping[Type, tuple[Address, ...]]
    """In the order in which they are called."""
    queues: tuple[str, ...]
    """Each once, however often and in whichever form it is named."""

    @property
    def is_idle(self) -> bool:
        return not self.queues and not any(self.addresses.values())


class _Object(dict[str, Any]):
    """A JSON object, and the name that stands in it twice."""

    doubled: str | None = None


def read(text: str) -> tuple[Listed, ...]:
    """In the file's order. Raise Refused for the first thing that is wrong."""
    root = _members(_parsed(text), "", ("channels",))
    if "channels" not in root:
        raise Refused("monitor_key_missing", key="channels", place="the file")
    listed: dict[int, Listed] = {}
    for place, value in _items(root["channels"], "channels", "a list of channels"):
        channel = _channel(value, place)
        if (first := listed.get(channel.channel_id)) is not None:
            raise Refused(
                "monitor_channel_doubled",
                place=f"{place}.channel_id",
                channel=channel.channel_id,
                first=first.place,
            )
        listed[channel.channel_id] = channel
    return tuple(listed.values())


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise Refused(
            "monitor_file_broken", line=error.lineno, column=error.colno, reason=error.msg
        ) from None
    except (RecursionError, ValueError):
        # Three thousand brackets; a number of five thousand digits.
        raise Refused("monitor_value_wrong", place="the file", wanted="a channels file") from None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.doubled = next(name for name in names if names.count(name) > 1)
    return found


def _channel(value: Any, place: str) -> Listed:
    members = _members(value, place, CHANNEL)
    if "channel_id" not in members:
        raise Refused("monitor_key_missing", key="channel_id", place=place)
    channel_id = _id(members["channel_id"], f"{place}.channel_id")
    hooks = _members(members.get("webhooks", _Object()), f"{place}.webhooks", HOOKS)
    addresses = {
        type_: tuple(_addresses(hooks.get(key, []), f"{place}.webhooks.{key}"))
        for key, type_ in HOOKS.items()
    }
    return Listed(channel_id, place, addresses, tuple(dict.fromkeys(_queues(members, place))))


def _id(value: Any, place: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:21])
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_ID:
        raise Refused(
            "monitor_value_wrong", place=place, wanted="a channel's id, such as 80351110224678912"
        )
    return value


def _addresses(value: Any, place: str) -> Iterator[Address]:
    for at, each in _items(value, place, "a list of addresses"):
        if not isinstance(each, str) or not each.strip():
            raise Refused("monitor_value_wrong", place=at, wanted="an address in quotes")
        yield Address(at, each.strip())


def _queues(members: Mapping[str, Any], place: str) -> Iterator[str]:
    if "redis" in members:
        yield _queue(members["redis"], f"{place}.redis")
    at = f"{place}.redis_queues"
    for each_at, each in _items(members.get("redis_queues", []), at, "a list of queues"):
        yield _queue(each, each_at)


def _queue(value: Any, place: str) -> str:
    members = _members(value, place, ("queue",))
    if "queue" not in members:
        raise Refused("monitor_key_missing", key="queue", place=place)
    name = members["queue"]
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_QUEUE or not name.isprintable():
        wanted = f"the name of a Redis list, of 1 to {LONGEST_QUEUE} characters"
        raise Refused("monitor_value_wrong", place=f"{place}.queue", wanted=wanted)
    return name


def _members(value: Any, place: str, known: Collection[str]) -> Mapping[str, Any]:
    """Of an object, without its remarks; null is as good as left out."""
    where = place or "the file"
    if not isinstance(value, _Object):
        raise Refused("monitor_value_wrong", place=where, wanted="an object in { }")
    if value.doubled is not None:
        raise Refused("monitor_key_doubled", key=value.doubled, place=where)
    told = {key: each for key, each in value.items() if not key.startswith("_")}
    for key in told:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
            shown = f"{place}.{key}" if place else key
            raise Refused("monitor_key_unknown", key=key[:100], place=shown[:200], nearest=nearest)
    return {key: each for key, each in told.items() if each is not None}


def _items(value: Any, place: str, wanted: str) -> Iterator[tuple[str, Any]]:
    """With their places."""
    if not isinstance(value, list):
        raise Refused("monitor_value_wrong", place=place, wanted=f"{wanted} in [ ]")
    for number, each in enumerate(value):
        yield f"{place}[{number}]", each
