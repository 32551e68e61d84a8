"""Ways to the outside: web addresses, a Redis, a message bus. Adapters implement the port; `app` hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Literal, Protocol

from .ids import GuildId


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    tenant: GuildId | None = None
    """Whose it is: connections are never shared between tenants. None: the operator's, which may go to private
    addresses."""


@dataclass(frozen=True, slots=True)
class RedisPush:
    """RPUSH to a list."""

    key: str
    body: bytes
    most: int | None = None
    """Entries that are kept."""


@dataclass(frozen=True, slots=True)
class RedisAdd:
    """XADD to a stream."""

    key: str
    fields: Mapping[str, bytes]
    most: int | None = None


@dataclass(frozen=True, slots=True)
class AmqpPublish:
    """To the topic exchange, confirmed and mandatory."""

    routing_key: str
    body: bytes
    message_id: str


Parcel = HttpRequest | RedisPush | RedisAdd | AmqpPublish


class Verdict(StrEnum):
    DELIVERED = "delivered"
    LATER = "later"
    """It may be tried again; it may also have arrived."""
    NEVER = "never"
    """Trying again is of no use."""
    GONE = "gone"
    """Nobody wants anything there any more."""


HELD_BACK = "enough_for_now"
"""The reason of an attempt that was none: others have used up what that address gets from us. `retry_in` says for how
long."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one attempt ended."""

    verdict: Verdict
    seconds: float = 0.0
    status: int | None = None
    """Of HTTP."""
    reason: str = ""
    """A code for why not: `address_not_public`, `timed_out`, `wrong_type`, `unroutable`…"""
    answer: str = ""
    """What came back, as text, its first 1,024 characters."""
    retry_in: timedelta | None = None
    """What the receiver asks for, at most 24 h."""
    slow: bool = False
    """The receiver is overloaded: give it less."""

    def after(self, seconds: float) -> Receipt:
        return replace(self, seconds=seconds)


class Carrier(Protocol):
    async def carry(self, parcel: Parcel) -> Receipt:
        """Try once, for 15 s at most. Raises nothing: whatever goes wrong is in the receipt."""


class Nowhere:
    """Where nothing leads to the outside: a test, the doctor."""

    async def carry(self, parcel: Parcel) -> Receipt:
        return Receipt(Verdict.LATER, reason="not_connected")


NOWHERE = Nowhere()
