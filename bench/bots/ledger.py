"""`python -m bench.bots.ledger DATABASE`: what the ledger itself takes, without Discord: one event alone until it is in
the database, many at a time, and what a guild takes of memory."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

from uvloop import new_event_loop

from rallypoint.adapters.db import Database, migrate
from rallypoint.features.presence import rules
from rallypoint.features.presence.bot.raw import Mirror
from rallypoint.features.presence.bot.scribe import Scribe
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

ALONE, TOGETHER, AT_ONCE = 300, 20_000, 200
GUILDS, PEOPLE, CHANNELS = 1_000, 20, 4
SNOWFLAKE = 10**17


async def main(address: str) -> None:
    async with await Database.open(address) as database:
        await migrate(database)
        scribe = Scribe(database.sessions, SystemClock())
        for guild in range(50):
            scribe.take(rules.Snapshot(GuildId(guild), datetime.now(UTC), ()))
        await scribe.write()
        await _cost(scribe, AT_ONCE, AT_ONCE)
        told = {
            "alone": await _cost(scribe, ALONE, 1),
            "together": await _cost(scribe, TOGETHER, AT_ONCE),
            "guild": _memory(),
        }
    print(json.dumps(told), flush=True)


async def _cost(scribe: Scribe, events: int, at_once: int) -> float:
    """Microseconds of processor time for one of *events*, each a join or a leave of an empty channel."""
    begin = datetime.now(UTC)
    given = [
        rules.VoiceState(
            GuildId(number // 2 % 50),
            UserId(SNOWFLAKE + number // 2 % 20),
            None if number % 2 else ChannelId(SNOWFLAKE),
            False,
            begin + timedelta(microseconds=number),
        )
        for number in range(events)
    ]
    began = time.process_time()
    for start in range(0, events, at_once):
        for each in given[start : start + at_once]:
            scribe.take(each)
        await scribe.write()
    return (time.process_time() - began) / events * 1e6


def _memory() -> float:
    """Kilobytes for a guild with 20 people in 4 channels, the raw mirror included."""
    ledger, mirror, now = rules.Ledger(), Mirror(), datetime.now(UTC)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for guild in range(GUILDS):
        guild_id = GuildId(SNOWFLAKE + guild)
        states = tuple(
            rules.VoiceState(
                guild_id,
                UserId(SNOWFLAKE + guild * PEOPLE + each),
                ChannelId(SNOWFLAKE + guild * CHANNELS + each % CHANNELS),
                False,
                now,
            )
            for each in range(PEOPLE)
        )
        snapshot = rules.Snapshot(guild_id, now, states)
        mirror.take(snapshot)
        ledger.step(snapshot, rules.Changes())
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown / GUILDS / 1024


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
