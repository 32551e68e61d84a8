"""How the message bus is laid out: who hears of what, and where that goes which nobody can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from aiormq.abc import FieldTable

MOST_WAITING = 1_000_000
"""Messages in a queue that nobody reads; the oldest then go to the dead letters."""
MOST_DEAD = 100_000
MOST_TRIES = 3
"""Of a message that ends the program that reads it."""

KINDS: Mapping[str, Sequence[str]] = {
    "bot": ("presence.#", "rooms.#", "sessions.#"),
    "web": ("#",),
    "worker": ("schedules.#", "games.#", "leagues.#", "tournaments.#", "commands.#"),
    "notifications": ("notices.#", "deliveries.#", "games.#"),
}
"""Queue → the kinds of events it gets. One gets them all, so that there is none without a receiver."""


@dataclass(frozen=True, slots=True)
class Layout:
    events: str = "rallypoint.events"
    dead: str = "rallypoint.dlx"
    dead_queue: str = "rallypoint.dead"
    commands: str = "rallypoint.commands"
    queues: Mapping[str, Sequence[str]] = field(default_factory=lambda: KINDS)

    async def declare(self, channel: AbstractChannel) -> AbstractExchange:
        """The exchange of events. What is there already, and the same, is left as it is."""
        events = await channel.declare_exchange(self.events, ExchangeType.TOPIC, durable=True)
        await self.declare_dead(channel)
        for name, kinds in self.queues.items():
            queue = await channel.declare_queue(name, durable=True, arguments=self.arguments())
            for kind in kinds:
                await queue.bind(events, kind)
        return events

    async def declare_dead(self, channel: AbstractChannel) -> AbstractExchange:
        dead = await channel.declare_exchange(self.dead, ExchangeType.TOPIC, durable=True)
        bounded: FieldTable = {"x-queue-type": "quorum", "x-max-length": MOST_DEAD}
        queue = await channel.declare_queue(self.dead_queue, durable=True, arguments=bounded)
        await queue.bind(dead, "#")
        return dead

    async def declare_commands(self, channel: AbstractChannel) -> AbstractQueue:
        """Where other programs put what they want of us."""
        return await channel.declare_queue(self.commands, durable=True, arguments=self.arguments())

    def arguments(self) -> FieldTable:
        """Of every queue but the last."""
        return {
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": self.dead,
            "x-max-length": MOST_WAITING,
            "x-delivery-limit": MOST_TRIES,
        }
