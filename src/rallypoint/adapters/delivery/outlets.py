"""The carrier: to each parcel the way it wants to go."""

from __future__ import annotations

from typing import assert_never

from rallypoint.kernel.outlets import (
    AmqpPublish,
    HttpRequest,
    Parcel,
    Receipt,
    RedisAdd,
    RedisPush,
    Verdict,
)

from .http import Http


class Outlets:
    """What it is handed it owns: `close` closes it all. Nothing is connected before it is needed."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def carry(self, parcel: Parcel) -> Receipt:
        match parcel:
            case HttpRequest():
                return await self._http.carry(parcel)
            case RedisPush() | RedisAdd():
                return Receipt(Verdict.LATER, reason="not_set_up")
            case AmqpPublish():
                return Receipt(Verdict.LATER, reason="not_set_up")
            case _:
                assert_never(parcel)

    async def close(self) -> None:
        await self._http.close()
