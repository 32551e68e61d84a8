"""The running whole without any transport: the world, its clock, and what is told of changes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from fakecord.agenda import Agenda
from fakecord.clock import Clock
from fakecord.entities import Application, User
from fakecord.faults.conductor import Conductor
from fakecord.faults.events import EventFaults
from fakecord.faults.requests import Faults
from fakecord.faults.trace import Trace
from fakecord.files import Files
from fakecord.gateway.close_codes import AUTHENTICATION_FAILED
from fakecord.gateway.hub import Gateway
from fakecord.limits import Limits
from fakecord.pulse import Pulse
from fakecord.requests import RequestLog
from fakecord.snowflake import Ids, snowflake
from fakecord.step import Step
from fakecord.timetable import Timetable
from fakecord.voice_gateway.server import VoiceServer
from fakecord.world import World

# Fixed, so that the same script gives the same ids, and a bot's token survives a restart.
APPLICATION_ID = snowflake(1_700_000_000.0, 1)


class Core:
    def __init__(self, name: str = "bot", clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.ids = Ids()
        self.pulse = Pulse()
        self.limits = Limits()
        self.agenda = Agenda(self.clock)
        self.trace = Trace(self.now, lambda: self.pulse.beat("FAULT"))
        self.faults = Faults(self.trace, self.agenda)
        self.requests = RequestLog()
        self.files = Files()
        self.unknown_routes: list[str] = []
        events = EventFaults(self.trace, self.agenda, self.clock)
        self.gateway = Gateway(self.pulse, self.clock, events)
        self.voice = VoiceServer(self.pulse)
        self.clock.listen(lambda: self.pulse.beat("CLOCK"))
        self.url = ""
        self.tls_port: int | None = None
        self.world = new_world(name)
        self.conductor = Conductor(self)
        self.timetable = Timetable(self)

    @property
    def gateway_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def now(self) -> float:
        return self.clock.now()

    def step(self, actor_id: str | None = None, reason: str | None = None) -> Step:
        actor = self.world.application.id if actor_id is None else actor_id
        return Step(self.world, self.now(), self.ids, actor, reason)

    def commit(self, step: Step) -> None:
        """Make it so, and tell everybody; the step is empty again."""
        changes, events = step.drain()
        if not changes and not events:
            return
        self.world.apply(changes)
        self.timetable.settle(changes)
        self.gateway.dispatch(self.world, events)
        self.voice.settle(self.world)
        self.pulse.beat(events[0].name if events else "STATE")

    def reset_token(self) -> str:
        """The new one. The old one opens nothing any more, and whoever came by it is sent away."""
        application = self.world.application
        token = token_for(application.id, after=application.token)
        step = self.step()
        step.put(replace(application, token=token))
        self.commit(step)
        self.gateway.close_all(AUTHENTICATION_FAILED)
        return token


def new_world(name: str) -> World:
    application = Application(id=APPLICATION_ID, name=name, token=token_for(APPLICATION_ID))
    world = World(application)
    world.users[application.id] = User(id=application.id, username=name, bot=True)
    return world


def token_for(application_id: str, after: str = "") -> str:
    """Looks like the real one to every client library, and opens nothing."""
    user = base64.b64encode(application_id.encode()).decode().rstrip("=")
    digest = hashlib.blake2b((application_id + after).encode(), digest_size=19).hexdigest()
    return f"{user}.Fakeco.{digest}"
