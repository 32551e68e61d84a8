"""How long a member waits for a room with the bot in it, and how soon it goes: from the command to the bot in the room,
and from the last leave to the DELETE at Discord. The peer keeps none of it, and has neither a queue nor a deadline."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fakecord import Fakecord, GuildHandle, InteractionView, Member, Rate

from . import local
from .figures import percentile, show

SESSIONS = 40
"""Each takes two of the 110 messages which discord.py sends to the gateway in a minute."""
ROOM = "Voice-alice"
Times = dict[str, list[float]]
"""Seconds: to the bot in the room, to the DELETE."""


async def run() -> None:
    stores = {"rallypoint, SQLite": "sqlite:///{folder}/bench.db"}
    if server := os.environ.get("RALLYPOINT_TEST_POSTGRES"):
        stores["rallypoint, PostgreSQL"] = server
    results: dict[str, Times] = {"bare discord.py": await _bare()}
    for name, address in stores.items():
        with tempfile.TemporaryDirectory() as folder:
            results[name] = await _ours(folder, address.format(folder=folder))
    peer = results["bare discord.py"]
    rows = []
    for name, times in results.items():
        row = [name]
        for what in ("open", "close"):
            p50, p99 = (percentile(times[what], share) * 1e3 for share in (0.5, 0.99))
            ratio = percentile(times[what], 0.5) / percentile(peer[what], 0.5)
            row += [f"{p50:.1f} / {p99:.1f} ms", f"{ratio:.1f}"]
        rows.append(row)
    show(
        f"{SESSIONS} sessions one after the other, p50 / p99",
        ["", "command → bot in the room", "ratio", "last leave → DELETE", "ratio"],
        rows,
    )


@asynccontextmanager
async def _stage() -> AsyncIterator[tuple[Fakecord, GuildHandle, Member]]:
    async with Fakecord(port=0) as fake:
        fake.limits.default = fake.limits.total = Rate(100_000, 1.0)
        guild = fake.guild("Bench")
        yield fake, guild, guild.member("alice", owner=True)


async def _bare() -> Times:
    async with (
        _stage() as (fake, guild, alice),
        local.process("-m", "bench.bots.sessions", fake.url, fake.token),
    ):
        return await _open_and_close(fake, guild, alice)


async def _ours(folder: str, address: str) -> Times:
    async with _stage() as (fake, guild, alice):
        environment = {
            "RALLYPOINT_TOKEN": fake.token,
            "RALLYPOINT_DISCORD_URL": fake.url,
            "RALLYPOINT_DATABASE_URL": address,
            "RALLYPOINT_DATA": folder,
            "RALLYPOINT_PORT": "0",
            "RALLYPOINT_LOG_LEVEL": "error",
        }
        async with local.started("-m", "rallypoint", "up", environment=environment):
            await fake.until(lambda: alice.commands() and fake.gateway.connected, timeout=30)
            return await _open_and_close(fake, guild, alice, said="the session is over")


async def _open_and_close(
    fake: Fakecord, guild: GuildHandle, alice: Member, *, said: str = ""
) -> Times:
    times: Times = {"open": [], "close": []}

    def bot_is_in() -> bool:
        return guild.has_channel(ROOM) and guild.channel(ROOM).occupants == ["bot"]

    for _ in range(SESSIONS):
        began = time.perf_counter()
        done = await alice.runs("/session start")
        await fake.until(bot_is_in)
        times["open"].append(time.perf_counter() - began)
        await done.answered()
        await alice.joins(ROOM)
        began = time.perf_counter()
        await alice.leaves()
        await fake.until(lambda: not guild.has_channel(ROOM))
        times["close"].append(time.perf_counter() - began)
        # Ours closes its row last, a moment after the channel is gone.
        await fake.until(partial(_says, done, said))
    return times


def _says(done: InteractionView, words: str) -> bool:
    return done.reply is not None and words in done.reply.text
