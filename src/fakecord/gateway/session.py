"""A session of the gateway, which may outlive the connection it began on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import orjson

from fakecord.addresses import Addresses
from fakecord.entities import Json
from fakecord.gateway.connection import Connection
from fakecord.snowflake import shard_of

KEPT = 20_000


@dataclass(slots=True, eq=False)
class Session:
    id: str
    intents: int
    told: Addresses
    """How its client reaches us."""
    shard: tuple[int, int] = (0, 1)
    connection: Connection | None = None
    sequence: int = 0
    beats: int = 0
    """How many heartbeats it sent."""
    began: float = 0.0
    last_beat: float | None = None
    """Of the clock, in seconds since 1970, as *began*."""
    presence: Json | None = None
    """What it said last of itself."""
    kept: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))
    """What was dispatched, for a RESUME."""

    def covers(self, guild_id: str | None) -> bool:
        if guild_id is None:
            return self.shard[0] == 0
        return shard_of(guild_id, self.shard[1]) == self.shard[0]

    def dispatch(self, name: str, data: Json) -> None:
        self.sequence += 1
        frame = orjson.dumps({"op": 0, "t": name, "s": self.sequence, "d": data})
        self.kept.append((self.sequence, frame))
        if self.connection is not None:
            self.connection.send(frame)

    def can_resume(self, sequence: int) -> bool:
        oldest = self.kept[0][0] if self.kept else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence

    def replay(self, sequence: int) -> int:
        """Send again what came after *sequence*; how many that were."""
        missed = [frame for number, frame in self.kept if number > sequence]
        if self.connection is not None:
            for frame in missed:
                self.connection.send(frame)
        return len(missed)
