"""What somebody wants to be told of, beside the program's own account of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from redis.asyncio import Redis

from .points import HOOK
from .stores import moment

REDIS = "RALLYPOINT_TEST_REDIS"
ADDRESSES = (1, 2)
TYPES = ("new_user", "user_left", "users_connected", "users_left")


@dataclass(frozen=True, slots=True)
class Choosy:
    """A subscription with conditions: of joins."""

    after: int
    """The last event before it had them."""
    destination_id: int = 0
    at_least: int = 1
    """The join that makes them so many is wanted, if they are for so long."""
    for_seconds: float = 0
    users: frozenset[int] | None = None
    """Those who have the role; None: it asks for none."""
    most_per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Callout:
    """What dbot makes of a change of a channel."""

    type: str
    users: tuple[int, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Channels:
    """One of a channels file: each type of event to two addresses, and into a list where there is a Redis."""

    channel_id: str
    names: Mapping[int, str]
    """Of who may come."""
    queue: str | None

    @classmethod
    def of(cls, channel_id: str, names: Mapping[int, str], *, redis: bool) -> Channels:
        return cls(channel_id, names, f"chaos:{uuid4()}" if redis else None)

    def write(self, file: Path, receiver: str) -> None:
        said = "{{type}}&u={{username}}{{usernames_safe}}"
        urls = [f"{receiver}{HOOK}?n={number}&e={said}" for number in ADDRESSES]
        channel: dict[str, Any] = {"channel_id": int(self.channel_id)}
        channel["webhooks"] = {f"{each}_webhooks": urls for each in TYPES}
        if self.queue is not None:
            channel["redis"] = {"queue": self.queue}
        file.write_text(json.dumps({"channels": [channel]}))

    def urls(self, callout: Callout) -> Sequence[str]:
        """With their query: which are called, in this order."""
        said = "%2C".join(self.names[each] for each in callout.users)
        return [f"{HOOK}?n={number}&e={callout.type}&u={said}" for number in ADDRESSES]

    async def pushed(self) -> Sequence[Callout]:
        """And nobody needs it any more."""
        assert self.queue is not None
        async with Redis.from_url(os.environ[REDIS]) as redis:
            lies = cast(list[bytes], await redis.lrange(self.queue, 0, -1))
            await redis.delete(self.queue)
        return [_callout(json.loads(each)) for each in lies]


def redis_behind(port: int) -> str:
    """Its address by way of a line from there."""
    server = urlsplit(os.environ[REDIS])
    return server._replace(netloc=f":{server.password or ''}@127.0.0.1:{port}").geturl()


def _callout(said: dict[str, Any]) -> Callout:
    data = said["data"]
    people = data.get("users", [data] if data else [])
    users = tuple(each["id"] for each in people)
    return Callout(said["type"], users, moment(said["happened_at"]))
