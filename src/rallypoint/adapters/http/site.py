"""What the web application is told and what it may ask: handed over by the program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.people import Caller
from rallypoint.ui.web.rights import Rights


@dataclass(frozen=True, slots=True)
class PartState:
    """Whether one part of the program does its work, and the fact it is judged by."""

    name: str
    ready: bool
    fact: str


@dataclass(frozen=True, slots=True)
class DueJob:
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts and what comes next; no guild's or person's name, for nobody is logged in."""

    figures: Mapping[str, int] = field(default_factory=dict)
    due: Sequence[DueJob] = ()


async def nobody(text: str) -> Caller | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    clock: Clock
    parts: Callable[[], Awaitable[Sequence[PartState]]]
    overview: Callable[[], Awaitable[Overview]]
    """May raise Unavailable: then the page shows the parts alone."""
    refusals: Mapping[str, str] = field(default_factory=dict)
    routers: Sequence[Any] = ()
    caller_of: Callable[[str], Awaitable[Caller | None]] = nobody
    """Of a token's text. May raise Unavailable."""
    rights: Rights | None = None
    """None: there are no routes that ask for it."""
    api_per_minute: int = 60
    """Requests of one person."""
    bad_tokens_per_minute: int = 20
    """Of one address."""
    host: str = "127.0.0.1"
    public_url: str | None = None
    playground: str | None = None
    """In the demo: where people act by hand."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is about to stop."""
