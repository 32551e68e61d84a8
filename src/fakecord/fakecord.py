"""A local Discord as an object: for tests, and for the process that `python -m fakecord` starts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

from fakecord import state
from fakecord.clock import Clock
from fakecord.core import Core
from fakecord.entities import Json, TeamMember
from fakecord.faults import Faults
from fakecord.gateway.hub import Gateway
from fakecord.limits import Limits
from fakecord.people.guild import GuildHandle, begin_guild
from fakecord.people.lookup import PeopleError
from fakecord.people.member import Member
from fakecord.requests import RequestLog
from fakecord.rules.guilds import DEFAULT_BOT_PERMISSIONS
from fakecord.server import Server
from fakecord.transcript import transcript


class Fakecord:
    """``async with Fakecord() as fake:`` listens on 127.0.0.1 until the block ends.

    *port* 0 takes a free one. *name* is the bot's user name.
    """

    def __init__(self, port: int = 0, *, name: str = "bot", clock: Clock | None = None) -> None:
        self.core = Core(name, clock)
        self._port = port
        self._server = Server(self.core)

    async def start(self) -> None:
        await self._server.start(self._port)

    async def stop(self) -> None:
        await self._server.stop()

    async def __aenter__(self) -> Fakecord:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``; REST is below ``/api/v10``."""
        return self.core.url

    @property
    def api_url(self) -> str:
        return f"{self.core.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return self.core.gateway_url

    @property
    def token(self) -> str:
        return self.core.world.application.token

    @property
    def application_id(self) -> str:
        return self.core.world.application.id

    @property
    def clock(self) -> Clock:
        return self.core.clock

    @property
    def faults(self) -> Faults:
        return self.core.faults

    @property
    def limits(self) -> Limits:
        return self.core.limits

    @property
    def gateway(self) -> Gateway:
        return self.core.gateway

    @property
    def requests(self) -> RequestLog:
        return self.core.requests

    @property
    def unknown_routes(self) -> list[str]:
        """Every request this fakecord has no route for: a test ends well with an empty list."""
        return self.core.unknown_routes

    @property
    def guilds(self) -> list[GuildHandle]:
        return [GuildHandle(self.core, guild_id) for guild_id in self.core.world.guilds]

    def guild(self, name: str, *, bot_permissions: int = DEFAULT_BOT_PERMISSIONS) -> GuildHandle:
        """The guild of that name or id; a new one has the bot in it, #general and "Lobby"."""
        for handle in self.guilds:
            if name in (handle.id, handle.name):
                return handle
        return begin_guild(self.core, name, bot_permissions)

    def allow_intents(self, intents: int) -> None:
        """Privileged intents beyond these are refused with 4014, as if not ticked in the portal."""
        step = self.core.step()
        step.put(replace(self.core.world.application, allowed_intents=intents))
        self.core.commit(step)

    def owned_by(self, owner: Member) -> None:
        """The application belongs to that person; a bot learns it when it logs in."""
        self._own(owner_id=owner.id, team=None)

    def owned_by_team(
        self, owner: Member, members: Mapping[Member, str], *, invited: Collection[Member] = ()
    ) -> None:
        """*members*: with their roles, `admin`, `developer` or `read_only`; the *invited* have not accepted yet."""
        others = [
            TeamMember(user_id=each.id, role=role, membership_state=1 if each in invited else 2)
            for each, role in members.items()
        ]
        self._own(owner_id=None, team=(TeamMember(user_id=owner.id), *others))

    def _own(self, **fields: Any) -> None:
        step = self.core.step()
        step.put(replace(self.core.world.application, **fields))
        self.core.commit(step)

    async def outage(self, guild: GuildHandle, on: bool) -> None:
        await guild.outage(on)

    async def until(self, happened: Callable[[], object], timeout: float = 10.0) -> None:
        """Wait until *happened* is true; looked at again after each change of anything here.

        AssertionError with the state of things after *timeout* real seconds.
        """
        if not await self.core.pulse.until(lambda: bool(happened()), timeout):
            raise AssertionError(f"did not happen within {timeout} s\n{self.describe()}")

    def transcript(self, channel_id: str) -> str:
        return transcript(self.core.world, channel_id)

    def describe(self) -> str:
        """Guilds, channels, who sits where, what was said, and the last requests: for people."""
        return state.describe(self.core)

    def export(self) -> Json:
        return state.export(self.core)

    def restore(self, exported: Json) -> None:
        """Replace the world by an exported one; connected bots must identify anew."""
        state.restore(self.core, exported)


__all__ = ["Fakecord", "PeopleError"]
