"""Events into lists and streams of a Redis."""

from __future__ import annotations

import asyncio
from typing import Any

from redis import exceptions as errors
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from rallypoint.kernel.outlets import Receipt, RedisAdd, RedisPush, Verdict

PATIENCE = 15.0
ANSWERS_WITHIN = 5.0
"""Seconds: a connection that is open at our end only says nothing more, ever."""
LONGEST_SAID = 1024

REASONS: tuple[tuple[type[errors.RedisError], str], ...] = (
    (errors.AuthenticationError, "not_authorised"),
    (errors.AuthorizationError, "not_authorised"),
    (errors.NoPermissionError, "not_authorised"),
    (errors.OutOfMemoryError, "out_of_memory"),
    (errors.ReadOnlyError, "read_only"),
    (errors.BusyLoadingError, "loading"),
    (errors.TimeoutError, "timed_out"),
    (errors.ConnectionError, "unreachable"),
)
"""The first that fits. All may pass: a person mends it, or it mends itself."""


class Redis:
    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._url = url
        self._patience = patience
        self._client: Client | None = None

    async def carry(self, parcel: RedisPush | RedisAdd) -> Receipt:
        loop = asyncio.get_running_loop()
        began = loop.time()
        receipt = await self._tried(parcel)
        return receipt.after(loop.time() - began)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    async def _tried(self, parcel: RedisPush | RedisAdd) -> Receipt:
        try:
            async with asyncio.timeout(self._patience):
                await self._put(parcel)
        except (OSError, errors.RedisError) as error:
            return _failed(error)
        return Receipt(Verdict.DELIVERED)

    async def _put(self, parcel: RedisPush | RedisAdd) -> None:
        client = self._open()
        if isinstance(parcel, RedisAdd):
            fields: dict[Any, Any] = {**parcel.fields}
            await client.xadd(parcel.key, fields, maxlen=parcel.most, approximate=False)
        elif parcel.most is None:
            await client.rpush(parcel.key, parcel.body)
        else:
            async with client.pipeline(transaction=True) as both:
                # Awaiting these two sends nothing yet.
                await both.rpush(parcel.key, parcel.body)
                await both.ltrim(parcel.key, -parcel.most, -1)
                await both.execute()

    def _open(self) -> Client:
        """Nothing is connected yet: each command takes a connection of the pool, or makes one."""
        if self._client is None:
            self._client = Client.from_url(
                self._url,
                socket_timeout=ANSWERS_WITHIN,
                socket_connect_timeout=ANSWERS_WITHIN,
                # Whoever hands us a parcel tries again, with a record of each try.
                retry=Retry(NoBackoff(), 0),
            )
        return self._client


def _failed(error: Exception) -> Receipt:
    said = str(error)[:LONGEST_SAID]
    if isinstance(error, errors.ResponseError) and "WRONGTYPE" in said:
        return Receipt(Verdict.NEVER, reason="wrong_type", answer=said)
    if isinstance(error, TimeoutError):
        return Receipt(Verdict.LATER, reason="timed_out")
    reason = next((code for kind, code in REASONS if isinstance(error, kind)), None)
    if reason is None:
        reason = "refused" if isinstance(error, errors.ResponseError) else "unreachable"
    return Receipt(Verdict.LATER, reason=reason, answer=said, slow=reason == "out_of_memory")
