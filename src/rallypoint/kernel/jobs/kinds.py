"""How a kind of job is run, and what its handler is lent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.outlets import NOWHERE, Carrier
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.settings import FixedSettings, Settings


class Affinity(StrEnum):
    """Which processes may run a kind."""

    ANY = "any"
    DISCORD = "discord"
    """Only one whose gateway session is up: it waits while the bot is away."""
    FOLDER = "folder"
    """Only one that has the program's data folder: a worker on another machine would write where nobody looks."""


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one timer, and what the engine lends to it."""

    kind: str
    args: Mapping[str, Any]
    due_at: datetime
    attempt: int
    """1 at the first try. What a kill has cut off is no try."""
    key: str
    """The same on every attempt: hand it to every outside effect."""
    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    discord: Discord
    folder: Path = Path("data")
    """Where files are kept."""
    guild_id: int | None = None
    """Of a guild's schedule: it must touch nothing else, whatever its config says."""
    carrier: Carrier = NOWHERE
    """To the outside."""
    settings: Settings = field(default_factory=FixedSettings)
    """Of the process that runs it."""


Handler = Callable[[Work], Awaitable[None]]
"""Idempotent: it may be run again after a crash. What it raises is recorded by the engine, which decides on the retry;
`Unavailable.retry_in` is respected, `Refused` is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    handler: Handler
    affinity: Affinity = Affinity.ANY
    timeout: timedelta = timedelta(seconds=60)
    attempts: int = 5
    apart: int | None = None
    """It mostly waits for somebody outside: about so many run at a time in one process, beside all others, and take no
    room from them."""
    every: timedelta | None = None
    """Short for a built-in schedule with the name of the kind."""
    config: type[BaseModel] | None = None
    """What a schedule of this kind may say; None: nothing."""
    custom: bool = False
    """Guilds may have schedules of this kind."""
    words: str = ""
    """What it does, for lists of what can be scheduled; "": nobody may schedule it by hand."""
