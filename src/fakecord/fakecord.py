"""A local Discord as an object: for tests, and for the process that `python -m fakecord` starts."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from fakecord import state
from fakecord.clock import Clock
from fakecord.connector import connector
from fakecord.core import Core
from fakecord.entities import Json, TeamMember
from fakecord.faults.plan import Plan
from fakecord.faults.requests import Faults
from fakecord.faults.trace import Struck
from fakecord.gateway.hub import Gateway
from fakecord.limits import Limits
from fakecord.oauth2.tokens import secret_of
from fakecord.people.guild import GuildHandle, begin_guild
from fakecord.people.lookup import PeopleError
from fakecord.people.member import Member
from fakecord.requests import RequestLog
from fakecord.rules.guilds import DEFAULT_BOT_PERMISSIONS
from fakecord.server import Server
from fakecord.transcript import transcript
from fakecord.voice_gateway.server import VoiceServer


class Fakecord:
    """``async with Fakecord() as fake:`` listens on 127.0.0.1 until the block ends.

    *port* 0 takes a free one. *name* is the bot's user name. With *tls* it also answers, in Discord's
    names, at *tls_port*: that takes the package `trustme`, and voice connections take it. *ca_file*
    is where a client finds whom to trust, else a file that goes when this ends. *faults* begin with
    the start.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        name: str = "bot",
        clock: Clock | None = None,
        tls: bool = False,
        tls_port: int = 0,
        ca_file: Path | None = None,
        faults: Plan | None = None,
    ) -> None:
        self.core = Core(name, clock)
        self._ports = port, tls_port
        self._tls = tls
        self._plan = faults
        self._given_ca_file = ca_file
        self._ca_folder: tempfile.TemporaryDirectory[str] | None = None
        self._server = Server(self.core)

    async def start(self) -> None:
        if self._tls:
            await self._start_with_tls()
        else:
            await self._server.start(self._ports[0])
        if self._plan is not None:
            self.follow(self._plan)

    async def _start_with_tls(self) -> None:
        # Not at the top: loading what makes certificates takes longer than all the rest.
        certificates = importlib.import_module("fakecord.tls")
        await self._server.start(*self._ports, certificates.context())
        if self._given_ca_file is None:
            self._ca_folder = tempfile.TemporaryDirectory(prefix="fakecord-")
        certificates.write_authority(self.ca_file)

    def follow(self, plan: Plan) -> None:
        """Misbehave as planned, from now on; `heal` ends it."""
        self.core.conductor.begin(plan)

    def heal(self) -> None:
        """No fault of a plan befalls anybody any more, and what lasts is over."""
        self.core.conductor.end()

    async def stop(self) -> None:
        await self._server.stop()
        if self._ca_folder is not None:
            self._ca_folder.cleanup()
            self._ca_folder = None

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
    def tls_port(self) -> int:
        """Where it answers in Discord's names; RuntimeError without TLS."""
        if self.core.tls_port is None:
            raise RuntimeError("there is no TLS here: start with Fakecord(tls=True)")
        return self.core.tls_port

    @property
    def ca_file(self) -> Path:
        """The authority to trust, in PEM: for ``ssl.create_default_context(cafile=…)``."""
        if self._given_ca_file is not None:
            return self._given_ca_file
        if self._ca_folder is None:
            raise RuntimeError("there is no TLS here: start with Fakecord(tls=True)")
        return Path(self._ca_folder.name) / "ca.pem"

    def connector(self) -> aiohttp.TCPConnector:
        """For ``discord.Client(connector=…)``: all that it asks of discord.com comes here, by TLS.

        Made inside the running loop, one for each client, which closes it.
        """
        return connector(self.tls_port, self.ca_file)

    @property
    def token(self) -> str:
        return self.core.world.application.token

    @property
    def application_id(self) -> str:
        return self.core.world.application.id

    @property
    def client_secret(self) -> str:
        """For OAuth2, where the application's id is the client id."""
        return secret_of(self.core.world.application)

    @property
    def clock(self) -> Clock:
        return self.core.clock

    @property
    def faults(self) -> Faults:
        return self.core.faults

    @property
    def trace(self) -> list[Struck]:
        """Every fault that struck: the same for the same plan and the same traffic."""
        return list(self.core.trace)

    @property
    def limits(self) -> Limits:
        return self.core.limits

    @property
    def gateway(self) -> Gateway:
        return self.core.gateway

    @property
    def voice(self) -> VoiceServer:
        return self.core.voice

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
        self._register(allowed_intents=intents)

    def allow_redirects(self, *uris: str, public: bool = False) -> None:
        """Register where OAuth2 may send people; *public*: the client may do without its secret."""
        self._register(redirect_uris=uris, public_client=public)

    def recommend_shards(self, shards: int) -> None:
        """What GET /gateway/bot answers to a bot that leaves it to Discord."""
        self._register(shards=shards)

    def owned_by(self, owner: Member) -> None:
        """The application belongs to that person; a bot learns it when it logs in."""
        self._register(owner_id=owner.id, team=None)

    def owned_by_team(
        self, owner: Member, members: Mapping[Member, str], *, invited: Collection[Member] = ()
    ) -> None:
        """*members*: with their roles, `admin`, `developer` or `read_only`; the *invited* have not accepted yet."""
        others = [
            TeamMember(user_id=each.id, role=role, membership_state=1 if each in invited else 2)
            for each, role in members.items()
        ]
        self._register(owner_id=None, team=(TeamMember(user_id=owner.id), *others))

    def _register(self, **fields: Any) -> None:
        step = self.core.step()
        step.put(replace(self.core.world.application, **fields))
        self.core.commit(step)

    async def outage(self, guild: GuildHandle, on: bool, *, stale: bool = False) -> None:
        """*stale*: once over, it comes back with the voice states of when it began."""
        if on and stale:
            self.core.gateway.remember(guild.state)
        await guild.outage(on)

    def reset_token(self) -> str:
        """The new one; the old one is answered with 401 and 4004 from now on."""
        return self.core.reset_token()

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

    def restore(self, exported: Json | bytes) -> None:
        """Replace the world by an exported one, or its JSON; connected bots must identify anew."""
        state.restore(self.core, exported)


__all__ = ["Fakecord", "PeopleError"]
