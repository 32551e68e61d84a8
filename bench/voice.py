"""Voice events through the ledger, against bare discord.py on the same stream. How to read this and `busy`:
docs/reference/bench-voice.md."""

from __future__ import annotations

import json
import os

import aiohttp

from . import local
from .figures import percentile, show, spread

EVENTS = 20_000
GUILDS = 50
ROUNDS = 3
BARE = "bare discord.py"
Result = dict[str, float]


async def run(*, quick: bool = False) -> None:
    load = os.getloadavg()[0]
    events, rounds = (EVENTS // 10, 1) if quick else (EVENTS, ROUNDS)
    results = await _stream(events, rounds)
    _show(results, events, load)
    await _show_itself()


async def _stream(events: int, rounds: int) -> dict[str, list[Result]]:
    names = {store: f"ledger, {store}" for store in local.stores()}
    results: dict[str, list[Result]] = {BARE: [], **{name: [] for name in names.values()}}
    async with local.fakecord() as fake, aiohttp.ClientSession() as client:
        for number in range(GUILDS):
            members = [{"name": f"member-{number}-{each}"} for each in range(20)]
            await local.post(
                client, f"{fake['control']}/guilds", name=f"Guild {number}", members=members
            )
        for _ in range(rounds):
            results[BARE].append(await _measure(client, fake, "bare", "-", events))
            for store, name in names.items():
                async with local.database(store) as url:
                    results[name].append(await _measure(client, fake, "ledger", url, events))
    return results


async def _show_itself() -> None:
    rows = []
    for store in local.stores():
        async with (
            local.database(store) as url,
            local.process("-m", "bench.bots.ledger", url) as (_, told),
        ):
            costs = [f"{told[each]:,.1f} µs" for each in ("alone", "together")]
            rows.append([f"ledger, {store}", *costs, f"{told['guild']:,.1f} KiB"])
    show(
        "The ledger itself, of processor time: an event alone, 200 at a time; a guild with 20 in voice",
        ["", "alone", "together", "memory"],
        rows,
    )


async def _measure(
    client: aiohttp.ClientSession, fake: dict[str, str], kind: str, address: str, events: int
) -> Result:
    arguments = ("-m", "bench.bots.voice", kind, fake["url"], fake["token"], str(events), address)
    async with local.process(*arguments) as (bot, _):
        await local.post(client, f"{fake['control']}/bench/voice", events=events, guilds=GUILDS)
        assert bot.stdout is not None
        result: Result = json.loads(await bot.stdout.readline())
        return result


def _show(results: dict[str, list[Result]], events: int, load: float) -> None:
    peer = results[BARE]
    peer_rate = percentile([events / each["seconds"] for each in peer], 0.5)
    peer_cost = percentile([each["cpu"] / events * 1e6 for each in peer], 0.5)
    rows = []
    for name, rounds in results.items():
        rates = [events / each["seconds"] for each in rounds]
        costs = [each["cpu"] / events * 1e6 for each in rounds]
        rows.append(
            [
                name,
                spread(rates, "/s"),
                f"{percentile(rates, 0.5) / peer_rate:.2f}",
                spread(costs, "µs"),
                f"{percentile(costs, 0.5) - peer_cost:,.1f} µs",
                f"{max(each['memory'] for each in rounds):.0f} MB",
            ]
        )
    show(
        f"{events:,} voice events in {GUILDS} guilds, every one a join or a leave of an empty channel "
        f"(load average {load:.1f})",
        ["", "events", "ratio", "CPU an event", "own", "memory"],
        rows,
    )
