"""Who is connected to voice, and the misbehaviour a test asks of the voice server."""

from __future__ import annotations

from fakecord.entities import VoiceCall
from fakecord.gateway.connection import Connection
from fakecord.pulse import Pulse
from fakecord.voice_gateway.datagrams import Datagrams, discovered, is_discovery, is_sound, ssrc_of
from fakecord.voice_gateway.session import Address, VoiceSession
from fakecord.world import World

SESSION_INVALID, DISCONNECTED, CRASHED, TERMINATED = 4006, 4014, 4015, 4022
CLIENTS_CONNECT, CLIENT_DISCONNECT = 11, 13
RESUMABLE = (CRASHED,)
NOTHING = bytes(8)


class VoiceServer:
    """Sessions by token. What the world no longer knows of is closed by `settle`."""

    def __init__(self, pulse: Pulse) -> None:
        self.heartbeat_interval = 13.75
        self.requires_dave = True
        """Whether a client without DAVE is closed with 4017, outside of stages."""
        self.silent = False
        """No datagram but the answers of IP discovery. Else a client gets one when it is connected, and
        one where it was before when it comes anew: the thread of discord.py 2.7 that reads them
        otherwise goes on waiting at the old address, up to 30 seconds, and hears no new one."""
        self.lost_discoveries = 0
        """So many requests of IP discovery get no answer."""
        self.datagrams = Datagrams(self._received)
        self.strays = 0
        """Datagrams that belong to nobody."""
        self._pulse = pulse
        self._sessions: dict[str, VoiceSession] = {}
        self._connections: set[Connection] = set()
        self._left: dict[str, list[Address]] = {}
        self._count = 0

    @property
    def sessions(self) -> list[VoiceSession]:
        return list(self._sessions.values())

    @property
    def connected(self) -> list[VoiceSession]:
        """Those who have come so far that sound may flow."""
        return [each for each in self.sessions if each.connection and each.mode]

    # What a test does.

    async def close(self, code: int = DISCONNECTED) -> None:
        """Close every connection; only after 4015, a crash, can the sessions be resumed."""
        for session in self.sessions:
            connection, session.connection = session.connection, None
            if connection is not None:
                connection.close(code)
            if code not in RESUMABLE:
                self._forget(session)

    async def abort(self) -> None:
        """Cut every connection without a close frame; the sessions can be resumed."""
        for connection in list(self._connections):
            connection.abort()

    # What clients and the world do.

    def begin(self, call: VoiceCall, dave: int, connection: Connection) -> VoiceSession:
        """Whoever had this call before has it no more."""
        before = self._sessions.get(call.token)
        if before is not None:
            self._end(before, SESSION_INVALID)
        self._count += 1
        session = VoiceSession(call, self._count, dave, connection)
        self._sessions[call.token] = session
        for address in self._left.pop(call.guild_id, ()):
            self._speak(address)
        self._pulse.beat("VOICE")
        return session

    def session(self, token: str) -> VoiceSession | None:
        return self._sessions.get(token)

    def described(self, session: VoiceSession) -> None:
        """Sound may flow."""
        if session.address is not None:
            self._speak(session.address)
        self._pulse.beat("VOICE")

    def resumed(self, session: VoiceSession, connection: Connection) -> None:
        session.connection = connection
        self._pulse.beat("VOICE")

    def attach(self, connection: Connection) -> None:
        self._connections.add(connection)

    def detach(self, connection: Connection, *, ended: bool) -> None:
        """*ended*: its client said goodbye; otherwise the session may be resumed."""
        self._connections.discard(connection)
        for session in self.sessions:
            if session.connection is connection:
                session.connection = None
                if ended:
                    self._forget(session)
        self._pulse.beat("VOICE")

    def settle(self, world: World) -> None:
        """Close the calls that are over, and tell the others who came and who went."""
        for session in self.sessions:
            if world.voice_calls.get(session.call.guild_id) == session.call:
                self.tell_of_others(world, session)
            else:
                gone = world.channel(session.call.channel_id) is None
                self._end(session, TERMINATED if gone else DISCONNECTED)

    def tell_of_others(self, world: World, session: VoiceSession) -> None:
        channel = world.channel(session.call.channel_id)
        if channel is None:
            return
        there = [state.user_id for state in world.occupants(channel)]
        others = frozenset(there) - {world.application.id}
        came, went = others - session.others, session.others - others
        session.others = others
        if came:
            session.send(CLIENTS_CONNECT, {"user_ids": sorted(came)})
        for user_id in sorted(went):
            session.send(CLIENT_DISCONNECT, {"user_id": user_id})

    def _end(self, session: VoiceSession, code: int) -> None:
        if session.connection is not None:
            session.connection.close(code)
        self._forget(session)

    def _forget(self, session: VoiceSession) -> None:
        self._sessions.pop(session.call.token, None)
        if session.address is not None:
            self._left.setdefault(session.call.guild_id, []).append(session.address)

    def _speak(self, address: Address) -> None:
        if not self.silent:
            self.datagrams.send(NOTHING, address)

    def _received(self, data: bytes, address: Address) -> None:
        sender = next((s for s in self._sessions.values() if s.ssrc == ssrc_of(data)), None)
        if sender is None:
            self.strays += 1
            return
        sender.address = address
        if is_discovery(data) and self.lost_discoveries:
            self.lost_discoveries -= 1
        elif is_discovery(data):
            self.datagrams.send(discovered(sender.ssrc, address), address)
        elif is_sound(data):
            sender.packets += 1
