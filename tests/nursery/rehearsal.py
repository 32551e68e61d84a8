"""The program lives here once, from start to end: what is compiled and cached on the way is there for every fork."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from fakecord import Fakecord
from rallypoint.adapters.discord import target
from rallypoint.adapters.telemetry import logs
from rallypoint.app.program import Company, Ready, up
from rallypoint.kernel.settings import FixedSettings

THREADS_END_WITHIN = 10.0
"""Seconds."""


def rehearse() -> None:
    logs.set_up(level="error", form="json")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live(Path(folder)))
    target.point_at(None)
    # Each has an environment of its own, which may name another place.
    tempfile.tempdir = None
    end_threads()


async def _live(folder: Path) -> None:
    async with Fakecord(port=0) as fake:
        fake.clock.freeze()
        fake.guild("Arena").member("alice", owner=True)
        ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        settings = FixedSettings(
            token=SecretStr(fake.token),
            data=folder,
            database_url=SecretStr(f"sqlite:///{folder / 'rallypoint.db'}"),
            discord_url=fake.url,
            test_clock=f"{fake.url}/_control/clock/stream",
            port=0,
            metrics_port=0,
        )
        running = asyncio.create_task(up(settings, Company(ready=ready.set_result)))
        either: set[asyncio.Future[Any]] = {running, ready}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        running.cancel()
        await asyncio.wait({running})


def end_threads() -> None:
    """A fork would have their locks and not themselves."""
    for thread in {*threading.enumerate()} - {threading.main_thread()}:
        thread.join(THREADS_END_WITHIN)
        assert not thread.is_alive(), thread
