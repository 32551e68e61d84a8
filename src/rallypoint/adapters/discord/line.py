"""The line to Discord, which outlives the clients that come and go on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from discord.ext import commands

from rallypoint.kernel.ids import UserId

from .budget import Budget
from .names import Names
from .ownership import owners

log = structlog.get_logger()


class Line:
    """Who is on it just now, whether it is up, and how much of Discord's patience is used up."""

    def __init__(self) -> None:
        self.client: commands.Bot | None = None
        """Logged in: REST may be used. The gateway may be up or not."""
        self.bot_id: UserId | None = None
        """Known from the first log-in on."""
        self.application_id: int | None = None
        self.application_owners: frozenset[UserId] = frozenset()
        """As of the last log-in, or of when it was asked since."""
        self.synced = False
        """Discord has this program's commands."""
        self.sync_error: str | None = None
        """Why it does not want them."""
        # Discord's developer docs, Rate Limits > Invalid Request Limit.
        self.invalid_requests = Budget(10_000, timedelta(minutes=10))
        """Answers 401, 403 and 429 of the last ten minutes; at the most, Discord shuts us out."""
        # Gateway > Identifying: after the last one of a day Discord resets the token.
        self.identifies = Budget(1_000, timedelta(days=1))
        self.names = Names()
        self._connected = False
        self._watchers: list[Callable[[bool], None]] = []

    @property
    def connected(self) -> bool:
        """The gateway session is up and has told us its guilds."""
        return self._connected

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """Call it at every change of `connected`, with the new value; it must not raise."""
        self._watchers.append(watcher)

    def pick_up(self, client: commands.Bot) -> None:
        self.client = client
        if client.user is not None:
            self.bot_id = UserId(client.user.id)
        self.application_id = client.application_id
        self.application_owners = owners(client.application)

    def hang_up(self, client: commands.Bot) -> None:
        """Nothing, if another client has taken over already."""
        if self.client is client:
            self.client = None
            self.say_connected(False)

    def say_connected(self, connected: bool) -> None:
        if connected == self._connected:
            return
        self._connected = connected
        log.info("discord.connected" if connected else "discord.disconnected")
        for watcher in self._watchers:
            watcher(connected)

    def count_invalid(self, status: int) -> None:
        used = self.invalid_requests.count()
        if used == self.invalid_requests.most // 2:
            log.warning(
                "discord.invalid_requests", used=used, most=self.invalid_requests.most, last=status
            )
