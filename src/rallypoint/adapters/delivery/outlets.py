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

from .amqp import Amqp
from .http import Http
from .redis import Redis

NOT_SET_UP = Receipt(Verdict.LATER, reason="not_set_up")
"""The house has none: it may get one."""


class Outlets:
    """What it is handed it owns: `close` closes it all. Nothing is connected before it is needed."""

    def __init__(self, http: Http, *, redis: Redis | None = None, amqp: Amqp | None = None) -> None:
        self._http = http
        self._redis = redis
        self._amqp = amqp

    async def carry(self, parcel: Parcel) -> Receipt:
        match parcel:
            case HttpRequest():
                return await self._http.carry(parcel)
            case RedisPush() | RedisAdd():
                return await self._redis.carry(parcel) if self._redis else NOT_SET_UP
            case AmqpPublish():
                return await self._amqp.carry(parcel) if self._amqp else NOT_SET_UP
            case _:
                assert_never(parcel)

    async def close(self) -> None:
        for each in (self._http, self._redis, self._amqp):
            if each is not None:
                await each.close()
