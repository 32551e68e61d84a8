"""How long a member waits for a room, and how late an empty one goes: from the command to the channel, and from the
last leave to the DELETE at Discord, less the second for which an empty room stays. The peer keeps none of it: it
deletes in the very handler of the leave."""

from __future__ import annotations

import time
from functools import partial

from fakecord import Fakecord, GuildHandle, Member

from . import pairs

ROOMS = 60
SETTINGS = {"empty_after": "1s", "most_an_hour": "1000", "most_open": "100"}


async def run(*, quick: bool = False) -> None:
    count = ROOMS // 6 if quick else ROOMS
    await pairs.compare(
        "bench.bots.rooms",
        bare=partial(open_and_close, count=count),
        ours=partial(ours, count=count),
        title=f"{count} rooms one after the other",
        opening="command → channel",
        closing="last leave → DELETE",
    )


async def ours(fake: Fakecord, guild: GuildHandle, alice: Member, *, count: int) -> pairs.Times:
    for setting, value in SETTINGS.items():
        done = await alice.runs("/room settings", setting=setting, value=value)
        await done.answered()
    return await open_and_close(fake, guild, alice, count=count, stays=1.0)


async def open_and_close(
    fake: Fakecord, guild: GuildHandle, alice: Member, *, count: int, stays: float = 0.0
) -> pairs.Times:
    times: pairs.Times = {"open": [], "close": []}
    for number in range(count):
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
