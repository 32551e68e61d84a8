"""Takes what other programs want of us from the bus. What cannot be taken goes to the dead letters, with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import aio_pika
import structlog
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from rallypoint.kernel.errors import Refused, Unavailable

from .amqp import BROKEN, FIRST_REST, LONGEST_REST, PATIENCE
from .bus import Layout
from .envelopes import MOST, Envelope, Rejected, read

AT_WORK_FOR = timedelta(seconds=60)

Handler = Callable[[Envelope], Awaitable[None]]
"""Idempotent: it may be handed the same envelope twice. Raise Refused for what will never do, Unavailable for what may
do later."""

log = structlog.get_logger(__name__)


class Inbox:
    """*handlers* by event type. Messages are taken one after the other: nobody's flood is in our memory."""

    def __init__(
        self, url: str, handlers: Mapping[str, Handler], *, layout: Layout | None = None
    ) -> None:
        self._url = url
        self._handlers = handlers
        self._layout = layout or Layout()

    async def run(self) -> None:
        """Until cancelled, over whatever becomes of the connection."""
        rest = FIRST_REST
        while True:
            try:
                async with await aio_pika.connect(self._url, timeout=PATIENCE) as connection:
                    rest = FIRST_REST
                    await self._consume(await connection.channel(on_return_raises=True))
            except (*BROKEN, TimeoutError) as error:
                log.warning("The message bus is not there", error=str(error), again_in=rest)
            await asyncio.sleep(rest)
            rest = min(2 * rest, LONGEST_REST)

    async def _consume(self, channel: aio_pika.abc.AbstractChannel) -> None:
        await channel.set_qos(prefetch_count=1)
        dead = await self._layout.declare_dead(channel)
        queue = await self._layout.declare_commands(channel)
        async with queue.iterator() as messages:
            async for message in messages:
                await self._settle(message, dead)

    async def _settle(self, message: AbstractIncomingMessage, dead: AbstractExchange) -> None:
        try:
            await self._take(message)
        except Rejected as rejected:
            await self._bury(message, dead, str(rejected))
        except Unavailable:
            # The bus counts: after so many times it is a dead letter.
            await message.nack(requeue=True)
        else:
            await message.ack()

    async def _take(self, message: AbstractIncomingMessage) -> None:
        envelope = read(message.body)
        handler = self._handlers.get(envelope.event_type)
        if handler is None:
            raise Rejected("unknown_type")
        try:
            async with asyncio.timeout(AT_WORK_FOR.total_seconds()):
                await handler(envelope)
        except Refused as refused:
            raise Rejected(refused.code) from None
        except TimeoutError:
            raise Rejected("timed_out") from None

    async def _bury(
        self, message: AbstractIncomingMessage, dead: AbstractExchange, reason: str
    ) -> None:
        """First it is kept there, then it is taken away here: it may lie there twice, but is never lost."""
        letter = aio_pika.Message(
            message.body[:MOST],
            headers={
                "x-reason": reason,
                "x-queue": self._layout.commands,
                "x-size": len(message.body),
            },
            content_type=message.content_type,
            message_id=message.message_id,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await dead.publish(letter, self._layout.commands, mandatory=True)
        await message.ack()
        log.warning("A message of another program cannot be taken", reason=reason)
