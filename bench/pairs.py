"""The whole program, on each store, beside a bare bot that does the same: each with a fakecord of its own, in this
process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fakecord import Fakecord, GuildHandle, Member, Rate

from . import local
from .figures import percentile, show

BARE = "bare discord.py"
Times = dict[str, list[float]]
"""Seconds: to `open`, to `close`."""
Scene = Callable[[Fakecord, GuildHandle, Member], Awaitable[Times]]


async def compare(
    bot: str, *, bare: Scene, ours: Scene, title: str, opening: str, closing: str
) -> None:
    """*bot*: the bare one's module."""
    stores = {"rallypoint, SQLite": "sqlite:///{folder}/bench.db"}
    if server := os.environ.get("RALLYPOINT_TEST_POSTGRES"):
        stores["rallypoint, PostgreSQL"] = server
    results = {BARE: await _bare(bot, bare)}
    for name, address in stores.items():
        with tempfile.TemporaryDirectory() as folder:
            results[name] = await _ours(folder, address.format(folder=folder), ours)
    rows = []
    for name, times in results.items():
        row = [name]
        for what in ("open", "close"):
            p50, p99 = (percentile(times[what], share) * 1e3 for share in (0.5, 0.99))
            ratio = percentile(times[what], 0.5) / percentile(results[BARE][what], 0.5)
            row += [f"{p50:.1f} / {p99:.1f} ms", f"{ratio:.1f}"]
        rows.append(row)
    show(f"{title}, p50 / p99", ["", opening, "ratio", closing, "ratio"], rows)


@asynccontextmanager
async def _stage() -> AsyncIterator[tuple[Fakecord, GuildHandle, Member]]:
    async with Fakecord(port=0) as fake:
        fake.limits.default = fake.limits.total = Rate(100_000, 1.0)
        guild = fake.guild("Bench")
        yield fake, guild, guild.member("alice", owner=True)


async def _bare(bot: str, scene: Scene) -> Times:
    async with (
        _stage() as (fake, guild, alice),
        local.process("-m", bot, fake.url, fake.token),
    ):
        return await scene(fake, guild, alice)


async def _ours(folder: str, address: str, scene: Scene) -> Times:
    async with _stage() as (fake, guild, alice):
        environment = {
            "RALLYPOINT_TOKEN": fake.token,
            "RALLYPOINT_DISCORD_URL": fake.url,
            "RALLYPOINT_DATABASE_URL": address,
            "RALLYPOINT_DATA": folder,
            "RALLYPOINT_PORT": "0",
            "RALLYPOINT_METRICS_PORT": "0",
            "RALLYPOINT_LOG_LEVEL": "error",
        }
        async with local.started("-m", "rallypoint", "up", environment=environment):
            await fake.until(lambda: alice.commands() and fake.gateway.connected, timeout=30)
            return await scene(fake, guild, alice)
