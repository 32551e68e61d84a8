"""Events to a RabbitMQ: it says that it has each of them, and that somebody will get it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError, AuthenticationError, DeliveryError, PublishError
from aiormq.exceptions import ChannelInvalidStateError, ProbableAuthenticationError

from rallypoint.kernel.outlets import AmqpPublish, Receipt, Verdict

from .bus import Layout

PATIENCE = 15.0
FIRST_REST, LONGEST_REST = 0.5, 30.0
"""Seconds between two tries to connect: twice as long after each that fails."""
ENDS_WITHIN = 0.5
"""Seconds that a connection is given to say goodbye."""
BROKEN = (AMQPError, ChannelInvalidStateError, OSError, RuntimeError)
"""What a connection that is lost looks like; the library has no one name for it."""


class Resting(ConnectionError):
    """It is too early to try again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the next try is in {seconds:.1f} s")
        self.seconds = seconds


class Amqp:
    def __init__(
        self, url: str, *, layout: Layout | None = None, patience: float = PATIENCE
    ) -> None:
        self._url = url
        self._layout = layout or Layout()
        self._patience = patience
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None
        self._connecting = asyncio.Lock()
        self._rest = 0.0
        self._not_before = 0.0

    async def carry(self, parcel: AmqpPublish) -> Receipt:
        loop = asyncio.get_running_loop()
        began = loop.time()
        receipt = await self._tried(parcel)
        return receipt.after(loop.time() - began)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        self._channel = self._exchange = None
        if connection is not None:
            with suppress(*BROKEN, TimeoutError):
                async with asyncio.timeout(ENDS_WITHIN):
                    await connection.close()

    async def _tried(self, parcel: AmqpPublish) -> Receipt:
        try:
            async with asyncio.timeout(self._patience):
                await self._publish(parcel)
        except PublishError:
            # Somebody has taken a queue away: it is laid out anew before the next try.
            self._exchange = None
            return Receipt(Verdict.LATER, reason="unroutable")
        except DeliveryError as error:
            return Receipt(Verdict.LATER, reason="refused", answer=str(error), slow=True)
        except TimeoutError:
            # A server short of memory or disk reads nothing more from us.
            await self.close()
            return Receipt(Verdict.LATER, reason="timed_out", slow=True)
        except Resting as rest:
            wait = timedelta(seconds=rest.seconds)
            return Receipt(Verdict.LATER, reason="unreachable", retry_in=wait)
        except (AuthenticationError, ProbableAuthenticationError) as error:
            return Receipt(Verdict.LATER, reason="not_authorised", answer=str(error)[:1024])
        except BROKEN as error:
            await self.close()
            return Receipt(Verdict.LATER, reason="unreachable", answer=str(error)[:1024])
        return Receipt(Verdict.DELIVERED)

    async def _publish(self, parcel: AmqpPublish) -> None:
        message = aio_pika.Message(
            parcel.body,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=parcel.message_id,
            type=parcel.routing_key,
        )
        exchange = await self._open()
        # Returns when the server has said that it keeps it.
        await exchange.publish(message, parcel.routing_key, mandatory=True)

    async def _open(self) -> AbstractExchange:
        async with self._connecting:
            if self._channel is None or self._channel.is_closed:
                await self.close()
                self._channel = await self._connected()
            if self._exchange is None:
                self._exchange = await self._layout.declare(self._channel)
                self._rest = self._not_before = 0.0
            return self._exchange

    async def _connected(self) -> AbstractChannel:
        loop = asyncio.get_running_loop()
        if (early := self._not_before - loop.time()) > 0:
            raise Resting(early)
        self._rest = min(max(2 * self._rest, FIRST_REST), LONGEST_REST)
        self._not_before = loop.time() + self._rest
        self._connection = await aio_pika.connect(self._url, timeout=self._patience)
        return await self._connection.channel(publisher_confirms=True, on_return_raises=True)
