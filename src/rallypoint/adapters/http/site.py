"""What the web application is told and what it may ask: handed over by the program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from rallypoint.kernel.clock import Clock
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Caller
from rallypoint.ui.web.rights import Rights
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.visitors import Visitor


@dataclass(frozen=True, slots=True)
class PartState:
    """Whether one part of the program does its work, and by what it is judged."""

    name: str
    ready: bool
    words: str
    """Marked with `N_`, with *facts* as placeholders."""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def fact(self) -> str:
        return self.words.format_map(self.facts) if self.facts else self.words


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


@dataclass(frozen=True, slots=True)
class Begun:
    """Somebody is on the way to log in."""

    location: str
    """Discord's page that asks them."""
    sealed: str
    """What their browser keeps meanwhile."""


@dataclass(frozen=True, slots=True)
class Entered:
    text: str
    """What their browser carries from now on."""
    lasts: timedelta
    destination: str


@dataclass(frozen=True, slots=True)
class Back:
    """What a browser comes back with from Discord."""

    sealed: str | None
    state: str
    code: str | None
    error: str | None
    user_agent: str
    former: str | None
    """What it carried before."""


class Entrance(Protocol):
    """Every use may raise Unavailable, and Refused in words for people."""

    @property
    def is_closed(self) -> bool:
        """There is no secret of the application: nobody can log in."""

    @property
    def redirect_uri(self) -> str:
        """Where Discord sends people back to."""

    @property
    def way_lasts(self) -> timedelta:
        """How long somebody may take at Discord."""

    def begin(self, wanted: str | None) -> Begun:
        """*wanted*: the page to be led to in the end."""

    async def finish(self, back: Back) -> Entered: ...

    async def visitor_of(self, text: str) -> Visitor | None: ...

    async def leave(self, visitor: Visitor) -> None: ...


class Repeats(Protocol):
    """What programs send again is carried out once. Every use may raise Unavailable."""

    async def claim(self, user_id: UserId, key: str, request: bytes) -> Any | bytes:
        """The answer that was kept, or a run: then the *request* (a hash) is to be carried out.

        Raise Refused if the key was used for another one, Conflict while it is being carried out.
        """

    async def keep(self, run: Any, answer: bytes) -> None: ...

    async def give_back(self, run: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class ShownServer:
    id: GuildId
    name: str
    words: str
    """What they are there, in one of the words marked for translation."""
    link: str
    """Where it is looked at, or the bot added."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Of one visitor."""

    here: Sequence[ShownServer] = ()
    addable: Sequence[ShownServer] = ()
    """They may add the bot there."""
    all_known: bool = True
    """False: Discord does not say just now which servers they are in."""


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
    repeats: Repeats | None = None
    """None: an `Idempotency-Key` is not looked at."""
    entrance: Entrance | None = None
    """None: nobody can log in."""
    servers: Callable[[Visitor], Awaitable[Servers]] | None = None
    sections: Sequence[Section] = ()
    lent: Parts | None = None
    """To the pages."""
    base: str = "http://127.0.0.1"
    """Where people reach the dashboard, without a slash at the end."""
    host: str = "127.0.0.1"
    public_url: str | None = None
    playground: str | None = None
    """In the demo: where people act by hand."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is about to stop."""
