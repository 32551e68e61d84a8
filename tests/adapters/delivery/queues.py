"""What lies in the queues of a RabbitMQ."""

from __future__ import annotations

from aio_pika.abc import AbstractChannel


async def waiting(channel: AbstractChannel, queue: str) -> list[bytes]:
    """Everything in *queue*, which is empty afterwards."""
    there = await channel.get_queue(queue)
    found = []
    while message := await there.get(fail=False):
        found.append(message.body)
        await message.ack()
    return found
