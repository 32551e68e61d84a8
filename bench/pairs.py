"""The whole program, on each store, beside a bare bot that does the same: each with a fakecord of its own, in this
process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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
    load = os.getloadavg()[0]
    results = {BARE: await _bare(bot, bare)}
    for store in local.stores():
        results[f"rallypoint, {store}"] = await _ours(store, ours)
    rows = []
    for name, times in results.items():
        row = [name]
        for what in ("open", "close"):
            row += compared(times[what], results[BARE][what])
        rows.append(row)
    title = f"{title}, p50 / p99 (load average {load:.1f})"
    show(title, ["", opening, "ratio", closing, "ratio"], rows)


def compared(times: Sequence[float], peer: Sequence[float]) -> list[str]:
    """p50 and p99, and the ratio of the first to the peer's."""
    p50, p99 = (percentile(times, share) * 1e3 for share in (0.5, 0.99))
    return [f"{p50:.1f} / {p99:.1f} ms", f"{p50 / percentile(peer, 0.5) / 1e3:.1f}"]


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


async def _ours(store: str, scene: Scene) -> Times:
    async with (
        _stage() as (fake, guild, alice),
        local.database(store) as database_url,
        local.rallypoint(fake.url, fake.token, database_url),
    ):
        await fake.until(lambda: alice.commands() and fake.gateway.connected, timeout=30)
        return await scene(fake, guild, alice)
