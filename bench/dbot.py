"""From a change in a voice channel to the request on the wire, and how many changes never get there: ours on each store
beside dbot's own code, on the same stream of members who come and go.

dbot is not ours to bring along. BENCH_DBOT names a checkout of its repository, BENCH_DBOT_PYTHON
a Python that has what it needs; it also needs the Redis that `make bench` starts. Without them ours is measured alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from fakecord import Fakecord, GuildHandle, Rate

from . import local
from .figures import percentile, show

FOLDER, PYTHON = "BENCH_DBOT", "BENCH_DBOT_PYTHON"
SECONDS = 45.0
MEMBERS, CHANNELS = 12, 3
STAYS = (0.5, 2.0, 8.0, 20.0)
"""Seconds: short visits, and longer ones than dbot's ten between two looks."""
STARTS_WITHIN = 120.0
SETTLES = 15.0
"""Longer than dbot takes to look twice."""

What = tuple[str, str]
"""Type of event, and the member's name."""


@dataclass(frozen=True, slots=True)
class Act:
    at: float
    member: str
    channel: str | None
    """None: they leave."""


@dataclass(slots=True)
class Heard:
    """Moments, by what was meant and what was asked for."""

    done: dict[What, list[float]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[What, list[float]] = field(default_factory=lambda: defaultdict(list))

    def delays(self) -> tuple[list[float], int, int]:
        """Of those that came, the seconds; how many were lost; how many came beyond those."""
        delays, lost, beyond = [], 0, 0
        for what in {*self.done, *self.asked}:
            left = list(self.done[what])
            for request in self.asked[what]:
                # The latest that it can be about: in favour of whoever is slow.
                before = [moment for moment in left if moment <= request]
                if not before:
                    beyond += 1
                    continue
                delays.append(request - before[-1])
                left.remove(before[-1])
            lost += len(left)
        return delays, lost, beyond


def stream(seconds: float, seed: int = 1) -> list[Act]:
    """The same for everybody who is measured. Each member is in one channel at a time."""
    chance, acts = random.Random(seed), []
    for number in range(MEMBERS):
        at = chance.uniform(0, 5)
        while at < seconds:
            channel = f"Voice {chance.randrange(CHANNELS)}"
            acts.append(Act(at, f"m{number}", channel))
            at += chance.choice(STAYS) * chance.uniform(0.7, 1.3)
            acts.append(Act(at, f"m{number}", None))
            at += chance.uniform(0.5, 4)
    return sorted(acts, key=lambda act: act.at)


async def run(*, quick: bool) -> None:
    seconds = SECONDS / 4 if quick else SECONDS
    results = {}
    stores = {"rallypoint, SQLite": "sqlite:///{folder}/bench.db"}
    if server := os.environ.get("RALLYPOINT_TEST_POSTGRES"):
        stores["rallypoint, PostgreSQL"] = server
    for name, address in stores.items():
        results[name] = await _measured(address, seconds)
    folder, redis = os.environ.get(FOLDER), os.environ.get("RALLYPOINT_TEST_REDIS")
    if folder and redis:
        results["dbot"] = await _measured(None, seconds)
    rows = []
    for name, heard in results.items():
        delays, lost, beyond = heard.delays()
        p50, p99 = (percentile(delays, share) * 1e3 for share in (0.5, 0.99))
        meant = len(delays) + lost
        rows.append([name, f"{p50:,.1f} / {p99:,.1f} ms", f"{lost} of {meant}", str(beyond)])
    head = ["", "change → request, p50 / p99", "lost", "of nothing"]
    show(f"{MEMBERS} members come and go for {seconds:.0f} s", head, rows)
    if "dbot" not in results:
        print(f"dbot is not measured: {FOLDER} or RALLYPOINT_TEST_REDIS is not set.")


async def _measured(address: str | None, seconds: float) -> Heard:
    """*address*: of our database; None: it is dbot."""
    heard = Heard()
    async with Fakecord(port=0) as fake, _receiver(heard) as url:
        fake.limits.default = fake.limits.total = Rate(100_000, 1.0)
        guild = fake.guild("Bench")
        guild.member("owner", owner=True)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "config.json"
            file.write_text(json.dumps(_config(guild, url)))
            async with _bot(fake, folder, file, address):
                await fake.until(lambda: fake.gateway.connected, timeout=STARTS_WITHIN)
                # Both have looked once, so that what was before is no news.
                await asyncio.sleep(SETTLES)
                await _play(guild, heard, seconds)
                await asyncio.sleep(SETTLES)
    return heard


def _config(guild: GuildHandle, url: str) -> Mapping[str, object]:
    hooks = {
        f"{type_}_webhooks": [f"{url}/?e={{{{type}}}}&u={{{{username}}}}"]
        for type_ in ("new_user", "user_left")
    }
    made = [guild.add_channel(f"Voice {number}", "voice") for number in range(CHANNELS)]
    return {"channels": [{"channel_id": int(each.id), "webhooks": hooks} for each in made]}


async def _play(guild: GuildHandle, heard: Heard, seconds: float) -> None:
    people = {f"m{number}": guild.member(f"m{number}") for number in range(MEMBERS)}
    began = time.perf_counter()
    for act in stream(seconds):
        await asyncio.sleep(max(0.0, began + act.at - time.perf_counter()))
        what = ("user_left" if act.channel is None else "new_user", act.member)
        heard.done[what].append(time.perf_counter())
        person = people[act.member]
        await (person.leaves() if act.channel is None else person.joins(act.channel))


@asynccontextmanager
async def _receiver(heard: Heard) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        asked = (request.query["e"], request.query["u"])
        heard.asked[asked].append(time.perf_counter())
        return web.Response()

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _bot(fake: Fakecord, folder: str, file: Path, address: str | None) -> AsyncIterator[None]:
    environment, command = (
        _dbots(fake, file) if address is None else _ours(fake, folder, file, address)
    )
    child = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        child.terminate()
        await child.wait()


def _ours(
    fake: Fakecord, folder: str, file: Path, address: str
) -> tuple[Mapping[str, str], Sequence[str]]:
    environment = {
        "PYTHONPATH": f"{local.ROOT / 'src'}",
        "RALLYPOINT_TOKEN": fake.token,
        "RALLYPOINT_DISCORD_URL": fake.url,
        "RALLYPOINT_DATABASE_URL": address.format(folder=folder),
        "RALLYPOINT_DATA": folder,
        "RALLYPOINT_PORT": "0",
        "RALLYPOINT_METRICS_PORT": "0",
        "RALLYPOINT_CHANNELS_FILE": str(file),
        "RALLYPOINT_LOG_LEVEL": "error",
    }
    return environment, [sys.executable, "-m", "rallypoint", "up"]


def _dbots(fake: Fakecord, file: Path) -> tuple[Mapping[str, str], Sequence[str]]:
    environment = {
        "DBOT_DISCORD_TOKEN": fake.token,
        "DBOT_REDIS_URL": os.environ["RALLYPOINT_TEST_REDIS"],
        "DBOT_MONITOR_CONFIG_PATH": str(file),
        "DBOT_MONITORING_PROMETHEUS_METRICS_ENABLED": "false",
    }
    python = os.environ.get(PYTHON, sys.executable)
    runner = str(Path(__file__).parent / "bots" / "dbot.py")
    return environment, [python, runner, os.environ[FOLDER], fake.url]
