"""Discord's ids: 42 bits of milliseconds since 2015, then a sequence.

https://docs.discord.com/developers/reference#snowflakes
"""

from __future__ import annotations

EPOCH_MS = 1_420_070_400_000
SEQUENCE_MASK = (1 << 22) - 1


class Ids:
    """Hands out ids: the same clock and the same sequence give the same ids."""

    def __init__(self, sequence: int = 0) -> None:
        self.sequence = sequence

    def next(self, now: float) -> str:
        self.sequence += 1
        return snowflake(now, self.sequence)


def snowflake(now: float, sequence: int = 0) -> str:
    """The id of *now* (seconds since 1970)."""
    return str(((int(now * 1000) - EPOCH_MS) << 22) | (sequence & SEQUENCE_MASK))


def time_of(snowflake_id: str) -> float:
    """Seconds since 1970."""
    return ((int(snowflake_id) >> 22) + EPOCH_MS) / 1000


def shard_of(guild_id: str, shards: int) -> int:
    return (int(guild_id) >> 22) % shards
