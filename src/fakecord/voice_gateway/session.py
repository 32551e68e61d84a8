"""What one client has with the voice server; a connection may break and be resumed, the session stays."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import orjson

from fakecord.entities import VoiceCall
from fakecord.gateway.connection import Connection

KEPT = 1_000
Address = tuple[str, int]


@dataclass(slots=True, eq=False)
class VoiceSession:
    call: VoiceCall
    ssrc: int
    dave: int
    """The version of DAVE that was agreed upon; 0 is none."""
    connection: Connection | None
    mode: str | None = None
    """Of encryption; None until SELECT PROTOCOL, with which the client is connected."""
    speaking: int = 0
    """The flags the client last told of itself."""
    packets: int = 0
    """Of sound, arrived under its ssrc. What is in them is not looked at: they are encrypted."""
    address: Address | None = None
    """Where its datagrams come from."""
    others: frozenset[str] = frozenset()
    sequence: int = -1
    kept: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))

    @property
    def secret_key(self) -> list[int]:
        return list(hashlib.blake2b(self.call.token.encode(), digest_size=32).digest())

    def send(self, op: int, data: Any) -> None:
        """With a number, and kept, so that it can be sent again."""
        self.sequence += 1
        frame = orjson.dumps({"op": op, "d": data, "seq": self.sequence})
        self.kept.append((self.sequence, frame))
        if self.connection is not None:
            self.connection.send(frame)

    def can_resume(self, sequence: int) -> bool:
        oldest = self.kept[0][0] if self.kept else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence

    def replay(self, sequence: int) -> None:
        if self.connection is not None:
            for number, frame in self.kept:
                if number > sequence:
                    self.connection.send(frame)
