"""How long a member waits for a room, and how late an empty one goes: from the command to the channel, and from the
last leave to the DELETE at Discord, less the second for which an empty room stays. The peer keeps none of it: it
deletes in the very handler of the leave."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fakecord import Fakecord, GuildHandle, Member, Rate

from . import local
from .figures import percentile, show

ROOMS = 60
SETTINGS = {"empty_after": "1s", "most_an_hour": "1000", "most_open": "100"}
Times = dict[str, list[float]]
"""Seconds: to open, to close."""


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
            row += [
                f"{percentile(times[what], 0.5) * 1e3:.1f} / {percentile(times[what], 0.99) * 1e3:.1f} ms",
                f"{percentile(times[what], 0.5) / percentile(peer[what], 0.5):.1f}",
            ]
        rows.append(row)
    show(
        f"{ROOMS} rooms one after the other, p50 / p99",
        ["", "command → channel", "ratio", "last leave → DELETE", "ratio"],
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
        local.process("-m", "bench.bots.rooms", fake.url, fake.token),
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
            for setting, value in SETTINGS.items():
                done = await alice.runs("/room settings", setting=setting, value=value)
                await done.answered()
            return await _open_and_close(fake, guild, alice, stays=1.0)


async def _open_and_close(
    fake: Fakecord, guild: GuildHandle, alice: Member, *, stays: float = 0.0
) -> Times:
    times: Times = {"open": [], "close": []}
    for number in range(ROOMS):
        name = f"Room {number}"
        began = time.perf_counter()
        done = await alice.runs("/room public", name=name)
        await fake.until(partial(guild.has_channel, name))
        times["open"].append(time.perf_counter() - began)
        await done.answered()
        await alice.joins(name)
        began = time.perf_counter()
        await alice.leaves()
        await fake.until(partial(_is_gone, guild, name))
        times["close"].append(time.perf_counter() - began - stays)
    return times


def _is_gone(guild: GuildHandle, name: str) -> bool:
    return not guild.has_channel(name)
