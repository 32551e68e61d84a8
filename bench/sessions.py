"""How long a member waits for a room with the bot in it, and how soon it goes: from the command to the bot in the room,
and from the last leave to the DELETE at Discord. The peer keeps none of it, and has neither a queue nor a deadline."""

from __future__ import annotations

import time
from functools import partial

from fakecord import Fakecord, GuildHandle, InteractionView, Member

from . import pairs

SESSIONS = 40
"""Each takes two of the 110 messages which discord.py sends to the gateway in a minute."""
ROOM = "Voice-alice"


async def run(*, quick: bool = False) -> None:
    count = SESSIONS // 4 if quick else SESSIONS
    await pairs.compare(
        "bench.bots.sessions",
        bare=partial(open_and_close, count=count),
        ours=partial(ours, count=count),
        title=f"{count} sessions one after the other",
        opening="command → bot in the room",
        closing="last leave → DELETE",
    )


async def ours(fake: Fakecord, guild: GuildHandle, alice: Member, *, count: int) -> pairs.Times:
    return await open_and_close(
        fake, guild, alice, count=count, begun="runs in", ended="the session is over"
    )


async def open_and_close(
    fake: Fakecord,
    guild: GuildHandle,
    alice: Member,
    *,
    count: int,
    begun: str = "",
    ended: str = "",
) -> pairs.Times:
    times: pairs.Times = {"open": [], "close": []}

    def bot_is_in() -> bool:
        return guild.has_channel(ROOM) and guild.channel(ROOM).occupants == ["bot"]

    # The first of all is not counted: each statement is put together once.
    for _ in range(1 + count):
        began = time.perf_counter()
        done = await alice.runs("/session start")
        await fake.until(bot_is_in)
        times["open"].append(time.perf_counter() - began)
        await done.answered()
        await alice.joins(ROOM)
        # Who comes and goes within milliseconds was never there for ours, which goes on waiting for them.
        await fake.until(partial(_says, done, begun))
        began = time.perf_counter()
        await alice.leaves()
        await fake.until(lambda: not guild.has_channel(ROOM))
        times["close"].append(time.perf_counter() - began)
        # Ours closes its row last, a moment after the channel is gone.
        await fake.until(partial(_says, done, ended))
    return {name: taken[1:] for name, taken in times.items()}


def _says(done: InteractionView, words: str) -> bool:
    return done.reply is not None and words in done.reply.text
