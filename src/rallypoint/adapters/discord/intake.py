"""What the gateway tells: first to the features, raw and in order, then to discord.py's cache."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from rallypoint.kernel.ids import GuildId

log = structlog.get_logger()

Payload = dict[str, Any]
Listener = Callable[[Payload], None]

NAMED_BY_ID = frozenset({"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"})
"""Events whose own `id` is the guild's; the others carry a `guild_id`."""


class Intake:
    """Stands before every parser of one client.

    An event that its parser cannot digest is logged and left out; it would end the client.
    """

    def __init__(
        self,
        parsers: dict[str, Listener],
        *,
        allowed_guilds: frozenset[GuildId],
        tell: Callable[[bool], None],
    ) -> None:
        """*tell* is called with True once a session is up and its guilds are there."""
        self._parsers = parsers
        self._allowed = allowed_guilds
        self._tell = tell
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._session_up = False
        self._missing: set[int] = set()
        for event, parse in tuple(parsers.items()):
            parsers[event] = self._before(event, parse)

    def add(self, raw: Mapping[str, Listener]) -> None:
        """Call these with every payload of their event. They must not block, raise or change it."""
        for event, listener in raw.items():
            if event not in self._parsers:
                self._parsers[event] = self._before(event, lambda _: None)
            self._listeners[event].append(listener)

    def allows(self, guild_id: int | None) -> bool:
        return guild_id is None or not self._allowed or guild_id in self._allowed

    def session_ended(self) -> None:
        self._session_up = False

    def stop_waiting_for_guilds(self) -> None:
        self._missing.clear()
        if self._session_up:
            self._tell(True)

    def _before(self, event: str, parse: Listener) -> Listener:
        # Who asks in a guild that is not allowed still gets an answer.
        filtered = bool(self._allowed) and event != "INTERACTION_CREATE"

        def take(payload: Payload) -> None:
            try:
                if filtered and not self.allows(_guild_of(event, payload)):
                    return
                for listener in self._listeners.get(event, ()):
                    self._hand(event, listener, payload)
                parse(payload)
                self._follow(event, payload)
            except Exception:
                if event == "READY":
                    # Nothing works without it: a new client is the only way on.
                    raise
                log.exception("discord.event_left_out", discord_event=event)

        return take

    def _hand(self, event: str, listener: Listener, payload: Payload) -> None:
        try:
            listener(payload)
        except Exception:
            log.exception("discord.raw_listener_failed", discord_event=event)

    def _follow(self, event: str, payload: Payload) -> None:
        if event == "READY":
            self._session_up = True
            self._missing = {
                guild_id for guild in payload["guilds"] if self.allows(guild_id := int(guild["id"]))
            }
        elif event == "RESUMED":
            self._session_up = True
        elif event in ("GUILD_CREATE", "GUILD_DELETE"):
            self._missing.discard(int(payload["id"]))
        else:
            return
        if self._session_up and not self._missing:
            self._tell(True)


def _guild_of(event: str, payload: Payload) -> int | None:
    guild_id = payload.get("id" if event in NAMED_BY_ID else "guild_id")
    return None if guild_id is None else int(guild_id)
