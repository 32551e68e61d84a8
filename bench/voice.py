"""Voice events through the ledger, against bare discord.py on the same stream."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import aiohttp

from . import local
from .figures import percentile, show, spread

EVENTS = 20_000
GUILDS = 50
ROUNDS = 3
Result = dict[str, float]


async def run() -> None:
    stores = {"ledger, SQLite": "sqlite:///{folder}/bench.db"}
    if server := os.environ.get("RALLYPOINT_TEST_POSTGRES"):
        stores["ledger, PostgreSQL"] = server
    results: dict[str, list[Result]] = {"bare discord.py": [], **{name: [] for name in stores}}
    async with local.fakecord() as fake, aiohttp.ClientSession() as client:
        for number in range(GUILDS):
            members = [{"name": f"member-{number}-{each}"} for each in range(20)]
            await local.post(
                client, f"{fake['control']}/guilds", name=f"Guild {number}", members=members
            )
        for _ in range(ROUNDS):
            results["bare discord.py"].append(await _measure(client, fake, "bare", "-"))
            for name, address in stores.items():
                with tempfile.TemporaryDirectory() as folder:
                    where = address.format(folder=Path(folder))
                    results[name].append(await _measure(client, fake, "ledger", where))
    _show(results)
    await _show_itself(stores)


async def _show_itself(stores: dict[str, str]) -> None:
    rows = []
    for name, address in stores.items():
        with tempfile.TemporaryDirectory() as folder:
            where = address.format(folder=Path(folder))
            async with local.process("-m", "bench.bots.ledger", where) as (_, told):
                costs = [f"{told[each]:,.1f} µs" for each in ("alone", "together")]
                rows.append([name, *costs, f"{told['guild']:,.1f} KiB"])
    show(
        "The ledger itself, of processor time: an event alone, 200 at a time; a guild with 20 in voice",
        ["", "alone", "together", "memory"],
        rows,
    )


async def _measure(
    client: aiohttp.ClientSession, fake: dict[str, str], kind: str, address: str
) -> Result:
    arguments = ("-m", "bench.bots.voice", kind, fake["url"], fake["token"], str(EVENTS), address)
    async with local.process(*arguments) as (bot, _):
        await local.post(client, f"{fake['control']}/bench/voice", events=EVENTS, guilds=GUILDS)
        assert bot.stdout is not None
        result: Result = json.loads(await bot.stdout.readline())
        return result


def _show(results: dict[str, list[Result]]) -> None:
    peer = results["bare discord.py"]
    peer_rate = percentile([EVENTS / each["seconds"] for each in peer], 0.5)
    peer_cost = percentile([each["cpu"] / EVENTS * 1e6 for each in peer], 0.5)
    rows = []
    for name, rounds in results.items():
        rates = [EVENTS / each["seconds"] for each in rounds]
        costs = [each["cpu"] / EVENTS * 1e6 for each in rounds]
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
        f"{EVENTS:,} voice events in {GUILDS} guilds, every one a join or a leave of an empty channel",
        ["", "events", "ratio", "CPU an event", "own", "memory"],
        rows,
    )
