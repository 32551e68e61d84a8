"""What runs in every process of the program, whatever else it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rallypoint.kernel.events import Relay, jobs_for
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs import Affinity, Builtin, Engine, Job
from rallypoint.kernel.watchdog import Lasting, Watchdog

from . import catalogue
from .lifecycle import Member


class Machinery:
    """Scheduler, relay and watchdog, made and connected; nothing runs yet."""

    def __init__(
        self,
        parts: Parts,
        *,
        builtins: Iterable[Builtin] | None,
        affinities: Callable[[], frozenset[Affinity]] = lambda: frozenset({Affinity.ANY}),
        lasting: Lasting | None = None,
        relays: bool = True,
    ) -> None:
        self.engine = Engine(
            parts.sessions,
            kinds(),
            clock=parts.clock,
            discord=parts.discord,
            folder=parts.folder,
            carrier=parts.carrier,
            settings=parts.settings,
            builtins=builtins,
            affinities=affinities,
        )
        self.relay: Relay | None = None
        if relays:
            self.relay = Relay(
                parts.sessions,
                catalogue.subscribers(),
                clock=parts.clock,
                gatherers=catalogue.gatherers(),
            )
        self.watchdog = Watchdog(lambda: self.engine.at_work, lasting=lasting)

    def members(self) -> Sequence[Member]:
        """In the order in which they are stopped."""
        return [
            # Longer than the engine itself gives to the jobs that run, and to those that will not end: 10 s and 4 s.
            Member(name="scheduler", run=self.engine.run, stop=self.engine.stop, patience=16),
            *([Member(name="relay", run=self.relay.run)] if self.relay else []),
            Member(name="watchdog", run=self.watchdog.run),
        ]


def kinds() -> dict[str, Job]:
    """Every kind of job there is."""
    return {**catalogue.jobs(), **jobs_for(catalogue.subscribers(), catalogue.gatherers())}
