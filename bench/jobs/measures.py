"""What is measured, each on a contestant with an empty store. Figures by name; those a contestant cannot have are left
out, and `…_said` says why."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import percentile

from .roster import ROSTER
from .stage import Stage, set_up
from .starts import Start

Figures = dict[str, float | str]
CAP = 40.0
"""Seconds after which is no more waited for a contestant."""
MOST_PUTTING = 30.0
SETTLED = 1.5
PROBE = 200
DEAD = 3.3


@dataclass(frozen=True, slots=True)
class Scale:
    jobs: float
    """Share of what the roster says."""
    singles: int
    """Timers for the lateness at low load."""
    seconds: float
    """Over which they are spread."""
    bursts: tuple[int, ...]
    idle: float
    ticking: float
    """Seconds before the crash and after it."""
    pending: int
    rounds: int
    recovery: float
    """Seconds after which it is given up."""
    together: frozenset[str]
    """Measures in which contestants mostly wait: two go through them at a time."""


FULL = Scale(1.0, 150, 10.0, (10_000, 50_000), 10.0, 4.0, 1_000_000, 3, CAP, frozenset({"ticks"}))
QUICK = Scale(0.15, 40, 2.0, (1_000,), 2.0, 3.0, 50_000, 1, 10.0, frozenset({"ticks", "recovery"}))


async def drain(name: str, place: str | None, scale: Scale) -> Figures:
    """Jobs put ahead, then a worker: how fast are they done."""
    async with set_up(name, place) as stage:
        count = max(100, int(stage.entry.jobs * scale.jobs))
        await stage.open_client()
        put = await stage.ask("put_many", first=0, count=count, due=time.time() - 1)
        told = time.time()
        await stage.start_worker()
        in_time = await stage.until_started(0, count, within=CAP)
        done = await _until_finished(stage, count) if in_time else None
        begun = stage.starts(0, count)
        if len(begun) < 2:
            return {"rate_said": f"{len(begun)} of {count:,} in {CAP:.0f} s"}
        first, last = min(s.at for s in begun), max(s.at for s in begun)
        if stage.entry.takes_all_first:
            first = told
        figures: Figures = {
            "put_rate": count / put["seconds"],
            "rate": len(begun) / ((done or last) - first),
            "rss": stage.resident(),
        }
        if not in_time:
            figures["rate_said"] = f"cut after {len(begun):,} of {count:,}"
        return figures


async def _until_finished(stage: Stage, count: int) -> float | None:
    """When the store first said so; None when it keeps no account, or not to the end."""
    until = time.monotonic() + CAP
    while time.monotonic() < until:
        finished = (await stage.ask("finished"))["answer"]
        now = time.time()
        if finished is None or finished >= count:
            return None if finished is None else now
        await asyncio.sleep(0.02)
    return None


async def quiet(name: str, place: str | None, scale: Scale) -> Figures:
    """A worker with nothing to do, and then with little."""
    async with set_up(name, place) as stage:
        await stage.open_client()
        await stage.start_worker()
        # One job says that it is at work.
        await stage.ask("put", first=0, dues=[time.time()])
        if not await stage.until_started(0, 1, within=CAP):
            return {"low_said": f"one job did not start in {CAP:.0f} s"}
        await asyncio.sleep(SETTLED)
        figures: Figures = {"idle": await _idle(stage, scale), "idle_rss": stage.resident()}
        return figures | await singles(stage, scale)


async def _idle(stage: Stage, scale: Scale) -> float:
    before, began = stage.cpu_seconds(), time.monotonic()
    await asyncio.sleep(scale.idle)
    return 100 * (stage.cpu_seconds() - before) / (time.monotonic() - began)


async def singles(stage: Stage, scale: Scale, first: int = 1_000_000) -> Figures:
    # In the order in which they are due: a queue of delayed messages is late for any other.
    chance = random.Random(7)
    begin = time.time() + 3.0
    dues = sorted(begin + chance.random() * scale.seconds for _ in range(scale.singles))
    await stage.ask("put", first=first, dues=dues)
    in_time = await stage.until_started(first, len(dues), within=dues[-1] - time.time() + CAP / 2)
    late = [start.late for start in stage.starts(first, len(dues))]
    figures: Figures = {}
    if late:
        figures = {"low_p50": percentile(late, 0.5), "low_p99": percentile(late, 0.99)}
    if not in_time:
        figures["low_said"] = f"{len(late)} of {len(dues)} started"
    return figures


async def burst(name: str, place: str | None, scale: Scale, rate: float) -> Figures:
    """Very many due at one moment, with the worker at work before; *rate* is about how fast it puts."""
    figures: Figures = {}
    for wanted in scale.bursts:
        key = f"burst{wanted}"
        ours = ROSTER[name].ours
        if figures and not ours and wanted / rate > MOST_PUTTING:
            figures[f"{key}_said"] = f"putting takes {wanted / rate:.0f} s"
            break
        count = wanted if ours else min(wanted, int(rate * MOST_PUTTING / 1.5) // 100 * 100 or 100)
        async with set_up(name, place) as stage:
            taken = await _burst(stage, count)
        figures |= {f"{key}_{what}": value for what, value in taken.items()}
        if wanted == scale.bursts[0] == count and "cut" not in taken and "p99" in taken:
            figures["burst_p99"] = taken["p99"]
        if not ours and (count < wanted or float(taken.get("last", CAP)) > CAP / 4):
            figures |= {f"burst{n}_said": "not tried" for n in scale.bursts if n > wanted}
            break
    return figures


async def _burst(stage: Stage, count: int) -> Figures:
    await stage.open_client()
    await stage.start_worker()
    await stage.ask("put", first=0, dues=[time.time()])
    if not await stage.until_started(0, 1, within=CAP):
        return {"said": f"one job did not start in {CAP:.0f} s"}
    # How fast it puts just now says how far ahead the moment must be.
    probe = await stage.ask("put_many", first=1, count=PROBE, due=time.time())
    if not await stage.until_started(1, PROBE, within=CAP):
        return {"said": f"{PROBE} jobs did not start in {CAP:.0f} s"}
    first = 1_000_000
    due = time.time() + 1.2 * count * probe["seconds"] / PROBE + 3.0
    await stage.ask("put_many", first=first, count=count, due=due)
    ready = time.time()
    await asyncio.sleep(max(0.0, due - ready))
    in_time = await stage.until_started(first, count, within=CAP)
    # Those who start twice do it when a lease has run out.
    await asyncio.sleep(SETTLED)
    begun = stage.starts(first, count)
    if not begun:
        return {"count": count, "cut": CAP, "said": "none started"}
    late = _first_starts(begun)
    figures: Figures = {
        "count": count,
        "p50": percentile(late, 0.5),
        "p99": percentile(late, 0.99),
        "last": max(late),
        "twice": len(begun) - len(late),
    }
    if ready > due:
        figures["put_late"] = ready - due
    if not in_time:
        figures |= {"cut": CAP, "started": len(late)}
    return figures


def _first_starts(begun: Sequence[Start]) -> list[float]:
    earliest: dict[int, float] = {}
    for start in begun:
        earliest[start.number] = min(start.late, earliest.get(start.number, start.late))
    return list(earliest.values())


async def recovery(name: str, place: str | None, scale: Scale) -> Figures:
    """A worker killed in the middle of a job, and started again at once."""
    async with set_up(name, place) as stage:
        await stage.open_client()
        await stage.ask("put", first=1, dues=[time.time()], slow=True)
        await stage.start_worker()
        if not await stage.until_started(1, 1, within=CAP):
            return {"recovery_said": "the job did not start"}
        await asyncio.sleep(0.5)
        killed = time.time()
        await stage.kill_worker()
        await stage.start_worker()
        while time.time() < killed + scale.recovery:
            if again := [s.at for s in stage.starts(1, 1) if s.at > killed]:
                return {"recovery": min(again) - killed}
            await asyncio.sleep(0.05)
        return {"recovery_said": f"not within {scale.recovery:.0f} s"}


async def ticks(name: str, place: str | None, scale: Scale) -> Figures:
    """A schedule of every second, over a crash of everything for a while."""
    async with set_up(name, place, ticks=True) as stage:
        await stage.start_worker()
        await _until(lambda: stage.counted() >= 3)
        # Between two ticks: one whose worker dies before it is recorded is rightly run again.
        await asyncio.sleep(scale.ticking - 1 - (time.time() - 0.6) % 1)
        killed = time.time()
        await stage.kill_worker()
        await asyncio.sleep(DEAD)
        await stage.start_worker()
        await _until(lambda: _after(stage, killed + DEAD + scale.ticking))
        return judge_ticks(_ticks(stage), killed, killed + DEAD)


async def _until(there: Callable[[], bool]) -> None:
    """Or no longer than half the cap."""
    for _ in range(int(CAP / 2 / 0.1)):
        if there():
            return
        await asyncio.sleep(0.1)


def _ticks(stage: Stage) -> list[Start]:
    return stage.starts(1_000_000_000, 10**12)


def _after(stage: Stage, moment: float) -> bool:
    return any(start.number > moment for start in _ticks(stage))


def judge_ticks(begun: Sequence[Start], killed: float, again: float) -> Figures:
    """The numbers are the seconds that were run for: of what was due while all was down, how much was made up for?

    Between the death and the first tick afterwards it counts as down.
    """
    counts = Counter(start.number for start in begun)
    after = [start for start in begun if start.at > again]
    if not after:
        return {"ticks_said": "no tick after the crash" if begun else "no tick at all"}
    first_again = min(start.at for start in after)
    without = [second for second in range(min(counts), max(counts)) if second not in counts]
    alive = [second for second in without if not killed - 1 <= second <= first_again]
    made_up = [start for start in after if killed - 1 <= start.number < again]
    return {
        "ticks_missing": len(without),
        "ticks_missing_alive": len(alive),
        "ticks_made_up": len(made_up),
        "ticks_double": sum(count - 1 for count in counts.values()),
    }


def load() -> float:
    return os.getloadavg()[0]
