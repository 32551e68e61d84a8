"""Who listens, and the misbehaviour a test asks of the gateway."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from fakecord import guild_payloads
from fakecord.addresses import Addresses
from fakecord.clock import Clock
from fakecord.entities import Json, VoiceState
from fakecord.faults.events import EventFault, EventFaults
from fakecord.gateway.close_codes import ENDING, WORDS
from fakecord.gateway.connection import Connection
from fakecord.gateway.session import KEPT, Session
from fakecord.intents import Intent, shows_content, wants, without_content
from fakecord.pulse import Pulse
from fakecord.step import Event
from fakecord.world import GuildState, World

CONTENT = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})


class Gateway:
    """Sessions and their connections. The verbs are what a test does to them."""

    def __init__(self, pulse: Pulse, clock: Clock, events: EventFaults) -> None:
        self.heartbeat_interval = 41.25
        self.expects_heartbeats = False
        """Close with 4009 who is silent for two intervals of the clock. Discord does; here only if asked
        for: a test that moves the clock by an hour would lose its bot."""
        self.kept = KEPT
        """How many events a new session keeps for a RESUME."""
        self.most_guilds = 2500
        """That one shard may have: beyond, 4011."""
        self.events = events
        self.identifies = 0
        self.resumes = 0
        self.last_identify: Json = {}
        self._pulse = pulse
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._refused = 0
        self._stale: dict[str, dict[str, VoiceState]] = {}

    @property
    def sessions(self) -> list[Session]:
        return list(self._sessions.values())

    @property
    def connected(self) -> list[Session]:
        return [session for session in self._sessions.values() if session.connection]

    # What a test does.

    async def drop(self, code: int = 1001) -> None:
        """Close every connection; sessions stay and can be resumed, as the code allows."""
        self.close_all(code)

    async def abort(self) -> None:
        """Cut every connection without a close frame."""
        self.abort_all()

    async def reconnect(self) -> None:
        """Op 7: please connect again."""
        self.ask_to_reconnect()

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9. Not *resumable*, the sessions are gone and each client must identify anew."""
        self.invalidate_all(resumable=resumable)

    def close_all(self, code: int) -> None:
        for connection in self._detached():
            connection.close(code, WORDS.get(code, ""))
        if code in ENDING:
            self.forget_all()

    def abort_all(self) -> None:
        for connection in self._detached():
            connection.abort()

    def half_open(self) -> None:
        """Connections hear nothing and say nothing any more, not even goodbye; sessions stay."""
        for connection in self._detached():
            connection.go_deaf()

    def ask_to_reconnect(self) -> None:
        for session in self.connected:
            session.connection.send_op(7) if session.connection else None

    def ask_heartbeat(self) -> None:
        """Op 1: a heartbeat at once, please."""
        for session in self.connected:
            session.connection.send_op(1) if session.connection else None

    def invalidate_all(self, *, resumable: bool = False) -> None:
        for session in self.connected:
            connection, session.connection = session.connection, None
            if connection is not None:
                connection.send_op(9, resumable)
            if not resumable:
                self.forget(session)

    def forget(self, session: Session) -> None:
        """A later RESUME of it fails."""
        self._sessions.pop(session.id, None)

    def forget_all(self) -> None:
        self._sessions.clear()

    def zombie(self, on: bool = True) -> None:
        """Connections stay open and say nothing: no event, no heartbeat acknowledged."""
        for session in self.connected:
            if session.connection is not None:
                session.connection.silent = on
        self._pulse.beat("GATEWAY")

    def refuse(self, times: int = 1) -> None:
        """The next *times* connections fail before they begin."""
        self._refused = times
        self._pulse.beat("GATEWAY")

    @property
    def refusing(self) -> int:
        """How many more."""
        return self._refused

    def refuses(self) -> bool:
        """One connection asks; spends one refusal."""
        if self._refused:
            self._refused -= 1
            self._pulse.beat("GATEWAY")
            return True
        return False

    def duplicate_next(self, name: str) -> None:
        """The next *name* is dispatched twice."""
        self.events.add(EventFault(name, "double"))

    def lose_next(self, name: str) -> None:
        """The next *name* never arrives, and no gap in the sequence tells of it."""
        self.events.add(EventFault(name, "lose"))

    def remember(self, state: GuildState) -> None:
        """When this guild comes back from its outage, it does so with the voice states of now."""
        self._stale[state.guild.id] = dict(state.voice_states)

    def send(self, name: str, data: Json, guild_id: str | None = None) -> None:
        """Dispatch something raw, malformed if need be; the world does not change."""
        for session in self._sessions.values():
            if session.covers(guild_id):
                session.dispatch(name, data)

    # What the world does.

    def begin(
        self, intents: int, shard: tuple[int, int], connection: Connection, told: Addresses
    ) -> Session:
        self.identifies += 1
        # The time is in it, so that one of before a restart is not taken for one of after it.
        seed = f"session:{self.identifies}:{self._clock.now()}".encode()
        session_id = hashlib.blake2b(seed, digest_size=16).hexdigest()
        kept: deque[tuple[int, bytes]] = deque(maxlen=self.kept)
        session = Session(session_id, intents, told, shard, connection, kept=kept)
        session.began = self._clock.now()
        self._sessions[session_id] = session
        return session

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def attach(self, connection: Connection) -> None:
        self._connections.add(connection)

    def detach(self, connection: Connection) -> None:
        self._connections.discard(connection)
        for session in self._sessions.values():
            if session.connection is connection:
                session.connection = None
        self._pulse.beat("GATEWAY")

    def changed(self) -> None:
        self._pulse.beat("GATEWAY")

    def dispatch(self, world: World, events: Iterable[Event]) -> None:
        for event in events:
            if event.hidden or self._in_outage(world, event):
                continue
            self.events.carry(event, lambda each: self._tell_all(world, each))

    def greet(self, world: World, session: Session, event: Event) -> None:
        """Part of a beginning: for this session only, and as late or lost as any other event."""
        self.events.carry(event, lambda each: self.tell(world, session, each))

    def _tell_all(self, world: World, event: Event) -> None:
        for session in list(self._sessions.values()):
            self.tell(world, session, event)
        if event.name == "GUILD_CREATE" and event.guild_id is not None:
            self._stale.pop(event.guild_id, None)

    def tell(self, world: World, session: Session, event: Event) -> None:
        """Give *session* the event, if it is for it, as its intents let it see it."""
        if not session.covers(event.guild_id):
            return
        data, bot_id = event.data, world.application.id
        in_guild = event.guild_id is not None
        if not wants(session.intents, event.name, data, in_guild=in_guild, bot_id=bot_id):
            return
        if event.name == "GUILD_CREATE" and event.guild_id is not None:
            whole = bool(session.intents & Intent.GUILD_PRESENCES)
            state = self._as_told(world.guilds[event.guild_id])
            data = guild_payloads.guild_create(world, state, whole=whole)
            if event.data.get("joined"):
                # By its absence libraries tell a guild they were added to from one that came back.
                del data["unavailable"]
        elif event.name in CONTENT and not shows_content(session.intents, data, bot_id):
            data = without_content(data)
        elif event.name == "VOICE_SERVER_UPDATE":
            data = data | {"endpoint": session.told.voice}
        session.dispatch(event.name, data)

    def _as_told(self, state: GuildState) -> GuildState:
        stale = self._stale.get(state.guild.id)
        return state if stale is None else replace(state, voice_states=stale)

    @staticmethod
    def _in_outage(world: World, event: Event) -> bool:
        """Nothing is heard from a guild that is unavailable, but that it became so."""
        state = world.guilds.get(event.guild_id or "")
        if state is None or event.name == "GUILD_DELETE":
            return False
        return state.guild.unavailable or (
            world.application.id not in state.members and event.name != "GUILD_MEMBER_REMOVE"
        )

    def _detached(self) -> list[Connection]:
        connections = list(self._connections)
        for session in self._sessions.values():
            session.connection = None
        return connections
