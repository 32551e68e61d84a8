"""Who listens, and the misbehaviour a test asks of the gateway."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from fakecord import guild_payloads
from fakecord.entities import Json
from fakecord.gateway.connection import Connection
from fakecord.gateway.session import Session
from fakecord.intents import Intent, shows_content, wants, without_content
from fakecord.pulse import Pulse
from fakecord.step import Event
from fakecord.world import World

CONTENT = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})


class Gateway:
    """Sessions and their connections. The verbs are what a test does to them."""

    def __init__(self, pulse: Pulse) -> None:
        self.heartbeat_interval = 41.25
        self.identifies = 0
        self.resumes = 0
        self.last_identify: Json = {}
        self._pulse = pulse
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._refused = 0
        self._twice: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    @property
    def sessions(self) -> list[Session]:
        return list(self._sessions.values())

    @property
    def connected(self) -> list[Session]:
        return [session for session in self._sessions.values() if session.connection]

    # What a test does.

    async def drop(self, code: int = 1001) -> None:
        """Close every connection; sessions stay and can be resumed, as the code allows."""
        for connection in self._detached():
            connection.close(code)

    async def abort(self) -> None:
        """Cut every connection without a close frame."""
        for connection in self._detached():
            connection.abort()

    async def reconnect(self) -> None:
        """Op 7: please connect again."""
        for session in self.connected:
            session.connection.send_op(7) if session.connection else None

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9. Not *resumable*, the sessions are gone and each client must identify anew."""
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

    def refuse(self, times: int = 1) -> None:
        """The next *times* connections fail before they begin."""
        self._refused = times

    def refuses(self) -> bool:
        """One connection asks; spends one refusal."""
        if self._refused:
            self._refused -= 1
            return True
        return False

    def duplicate_next(self, name: str) -> None:
        """The next *name* is dispatched twice."""
        self._twice[name] += 1

    def lose_next(self, name: str) -> None:
        """The next *name* never arrives, and no gap in the sequence tells of it."""
        self._lost[name] += 1

    def send(self, name: str, data: Json, guild_id: str | None = None) -> None:
        """Dispatch something raw, malformed if need be; the world does not change."""
        for session in self._sessions.values():
            if session.covers(guild_id):
                session.dispatch(name, data)

    # What the world does.

    def begin(self, intents: int, shard: tuple[int, int], connection: Connection) -> Session:
        self.identifies += 1
        seed = f"session:{self.identifies}".encode()
        session_id = hashlib.blake2b(seed, digest_size=16).hexdigest()
        session = Session(session_id, intents, shard, connection)
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
            if event.hidden or self._loses(event.name) or self._in_outage(world, event):
                continue
            times = 2 if self._twice[event.name] else 1
            self._twice[event.name] -= times - 1
            for session in self._sessions.values():
                for _ in range(times):
                    self.tell(world, session, event)

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
            data = guild_payloads.guild_create(world, world.guilds[event.guild_id], whole=whole)
        elif event.name in CONTENT and not shows_content(session.intents, data, bot_id):
            data = without_content(data)
        session.dispatch(event.name, data)

    def _loses(self, name: str) -> bool:
        if not self._lost[name]:
            return False
        self._lost[name] -= 1
        return True

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
