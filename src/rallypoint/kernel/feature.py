"""What a feature hands to the program: one frozen value, nothing registers itself by being imported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .clock import Clock
from .events import Ears, Event, Gatherer, Subscriber
from .ids import ChannelId, UserId
from .jobs import Builtin, Job
from .meters import Meter
from .outlets import NOWHERE, Carrier
from .people import Permission
from .ports import Discord, SeenChannel
from .settings import FixedSettings, Settings

Sessions = async_sessionmaker[AsyncSession]


Export = Callable[[AsyncSession, UserId], Awaitable[Mapping[str, Any]]]
"""What is kept about one person, and about nobody else, in its JSON shape."""

Forget = Callable[[AsyncSession, UserId, datetime], Awaitable[int]]
"""Delete what is kept about one person, but for what is still going on; how many rows. What takes longer is left to a
job, in the same transaction."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the program lends to an edge."""

    sessions: Sessions
    clock: Clock
    discord: Discord
    folder: Path = Path("data")
    """Where files are kept."""
    kinds: Mapping[str, Job] = field(default_factory=dict)
    """Every kind of job there is."""
    answers: Mapping[type[Any], Any] = field(default_factory=dict)
    """What the features offer to those below them: the question, a protocol in the lower one's `api` → who answers it.
    A question that nobody answers is not there."""
    needed: Permission = Permission.NONE
    """What all features together need in a guild."""
    invite: Callable[[UserId], str] = str
    """The link that adds the bot of that id with the least rights."""
    operators: Callable[[], frozenset[UserId]] = frozenset
    """Who runs the program: those the settings name and, once the bot has logged in, the application's
    owner or team."""
    events: Mapping[str, type[Event]] = field(default_factory=dict)
    """Every kind of event there is."""
    heard: Callable[[str], bool] = lambda _: False
    """Whether anybody subscribes to events of that kind: what nobody wants to hear need not be recorded."""
    ears: Ears = field(default_factory=Ears)
    """Who changes what is subscribed to says it here."""
    settings: Settings = field(default_factory=FixedSettings)
    """The program's."""
    carrier: Carrier = NOWHERE
    """To the outside."""
    models: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    """Feature → its guild settings."""
    exports: Mapping[str, Export] = field(default_factory=dict)
    """Feature → what it keeps about one person."""
    forgets: Sequence[Forget] = ()
    """Of every feature that keeps something about people."""


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the doctor: a fact and, unless all is well, what mends it."""

    grade: Grade
    subject: str
    fact: str
    fix: str = ""


Retention = Callable[[AsyncSession, datetime], Awaitable[int]]
"""Given a transaction and the present moment: delete a bounded number of the rows that are too old; how many."""


Find = Callable[[Collection[ChannelId]], Awaitable[Mapping[ChannelId, SeenChannel]]]
"""Those of the channels that the bot sees, and all others of their guilds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What another program keeps in a file."""

    words: str
    take_in: Callable[[AsyncSession, Path, datetime], Awaitable[str]] | None = None
    """Given a transaction, the file and the present moment: in words, what was taken over. Raise Refused with where the
    file is broken. Run again it adds nothing twice."""
    check: Callable[[Path, Find], Awaitable[Sequence[str]]] | None = None
    """Before anything is taken in, if Discord can be asked: in words, a line each, what of the file it does not know.
    Raise Refused for what can never be."""
    write_out: Callable[[AsyncSession, datetime], Awaitable[str]] | None = None


Check = Callable[[Parts], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    name: str
    cogs: Sequence[Callable[[Parts], Any]] = ()
    """discord.py cogs. One with a `raw` attribute (gateway event name → callable taking the raw payload) is called with
    these payloads in order, before discord.py's own cache sees them; it must not block or await."""
    routers: Sequence[Callable[[Parts], Any]] = ()
    """FastAPI routers below `/api`, which is reached with a token alone."""
    sections: Sequence[Callable[[Parts], Any]] = ()
    """Parts of the dashboard, each an `ui.web.sections.Section`."""
    jobs: Mapping[str, Job] = field(default_factory=dict)
    schedules: Sequence[Builtin] = ()
    subscribers: Sequence[Subscriber] = ()
    events: Sequence[type[Event]] = ()
    """The facts it publishes: what others may have sent to them."""
    gatherers: Sequence[Gatherer] = ()
    settings: type[BaseModel] | None = None
    """Guild settings: every field has a default and a description; its key is `<feature>.<field>`."""
    refusals: Mapping[str, str] = field(default_factory=dict)
    """Code of a `Refused` → words, with the facts as `{placeholders}`."""
    at_start: Sequence[Callable[[Parts], Awaitable[None]]] = ()
    """Awaited before the job engine and the gateway start."""
    at_stop: Sequence[Callable[[Parts], Awaitable[None]]] = ()
    """Awaited when the program is stopped in good order, while the job engine and the gateway still run; for a bounded
    time."""
    checks: Sequence[Check] = ()
    """The doctor's, run while the bot is connected or not."""
    figures: Callable[[AsyncSession], Awaitable[Mapping[str, int]]] | None = None
    """Counts for the first page and the metrics: words → number."""
    meters: Callable[[AsyncSession], Awaitable[Sequence[Meter]]] | None = None
    """What else the metrics say of it."""
    transfers: Mapping[str, Transfer] = field(default_factory=dict)
    """Name → what `rallypoint import NAME FILE` and `rallypoint export NAME` do."""
    retention: Retention | None = None
    """Called daily, until nothing is left."""
    export: Export | None = None
    forget: Forget | None = None
    answers: Mapping[type[Any], Any] = field(default_factory=dict)
    """To questions of features on lower steps, see `Parts.answers`."""
    permissions: Permission = Permission.NONE
    """What the bot needs in a guild for this feature, for the invite link and the doctor."""
