"""How many events a second get from where they are recorded to those who subscribe to them, on each store: to one
receiver, to a hundred, to a Redis and to a RabbitMQ. Beside it what the carrier alone does with as many of the same."""

from __future__ import annotations

import json
import os

from . import local
from .figures import percentile, show, spread, wide

WAYS: dict[str, tuple[str, int, int]] = {
    "to one receiver": ("webhook.post", 1, 500),
    "to 100 receivers": ("webhook.post", 100, 10),
    "into a Redis list": ("redis.list", 1, 500),
    "into a Redis stream": ("redis.stream", 1, 500),
    "to RabbitMQ, confirmed": ("amqp", 1, 500),
}
"""Kind of destination, how many of them, and events."""
NEEDS = {"redis": "RALLYPOINT_TEST_REDIS", "amqp": "RALLYPOINT_TEST_AMQP"}
ROUNDS = 3


async def run(*, quick: bool) -> None:
    load, rows = os.getloadavg()[0], []
    for name, (way, receivers, events) in WAYS.items():
        needed = NEEDS.get(way.partition(".")[0])
        if needed is not None and needed not in os.environ:
            print(f"{name}: not measured, {needed} is not set")
            continue
        for store in local.stores():
            rounds = [
                await _round(store, way, receivers, events // (10 if quick else 1))
                for _ in range(1 if quick else ROUNDS)
            ]
            rows.append([f"{name}, {store}", *_told(rounds, receivers)])
    head = ["", "events a second", "deliveries a second", "of the carrier's", "CPU a delivery"]
    show(f"Recorded, handed on, sent and written down (load average {load:.1f})", head, rows, wide)


def _told(rounds: list[dict[str, float]], receivers: int) -> list[str]:
    rates = [each["events"] / each["took"] for each in rounds]
    share = percentile([each["alone"] / each["took"] for each in rounds], 0.5)
    cpu = percentile([1000 * each["cpu"] / each["events"] / receivers for each in rounds], 0.5)
    sent = percentile(rates, 0.5) * receivers
    return [spread(rates, "/s"), f"{sent:,.0f} /s", f"{share:.0%}", f"{cpu:.2f} ms"]


async def _round(store: str, way: str, receivers: int, events: int) -> dict[str, float]:
    async with (
        local.database(store) as database_url,
        local.process("-m", "bench.receiver") as (_, receiver),
    ):
        child = (*("-m", "bench.bots.pipeline"), database_url, way, receivers, receiver["port"])
        async with local.process(*map(str, child), str(events)) as (bot, _):
            assert bot.stdout is not None
            return {"events": events, **json.loads(await bot.stdout.readline())}
