"""The voice gateway's socket, opcode by opcode.

https://docs.discord.com/developers/topics/voice-connections
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from fakecord.core import Core
from fakecord.entities import ChannelType, Json, VoiceCall
from fakecord.gateway.connection import Connection, payload_of
from fakecord.voice_gateway.server import SESSION_INVALID
from fakecord.voice_gateway.session import VoiceSession

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#voice-voice-close-event-codes
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, SERVER_NOT_FOUND, UNKNOWN_PROTOCOL, UNKNOWN_MODE = 4005, 4011, 4012, 4016
DAVE_REQUIRED, BAD_REQUEST = 4017, 4020
MODES = ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"]
NEWEST_DAVE = 1
BEFORE_IDENTIFY = (0, 3, 7)
# Video, and the answers in DAVE's negotiation, which never goes further than the key package.
IGNORED = (12, 14, 15, 16, 23, 31)
GOODBYE = (1000, 1001)


class VoiceClient:
    """The other end of one connection."""

    def __init__(self, core: Core, connection: Connection, version: int) -> None:
        self.core = core
        self.connection = connection
        self.version = version
        self.session: VoiceSession | None = None
        self.opcodes: dict[int, Callable[[Any], None]] = {
            0: self._identify,
            1: self._select,
            3: self._heartbeat,
            5: self._speaking,
            7: self._resume,
        } | dict.fromkeys(IGNORED, self._ignore)

    def hello(self) -> None:
        interval = int(self.core.voice.heartbeat_interval * 1000)
        self._send(8, {"v": self.version, "heartbeat_interval": interval})

    def receive(self, data: str | bytes) -> None:
        """Binary frames are DAVE's: nobody is here to form a group with, so they lead to nothing."""
        payload = payload_of(data) if isinstance(data, str) else {"op": IGNORED[0]}
        if payload is None:
            self.connection.close(DECODE_ERROR, "Failed to decode payload.")
        elif payload["op"] not in self.opcodes:
            self.connection.close(UNKNOWN_OPCODE, "Unknown opcode.")
        elif payload["op"] not in BEFORE_IDENTIFY and self.session is None:
            self.connection.close(NOT_AUTHENTICATED, "Not authenticated.")
        else:
            self.opcodes[payload["op"]](payload.get("d"))

    def _identify(self, data: Any) -> None:
        if self.session is not None:
            self.connection.close(ALREADY_AUTHENTICATED, "Already authenticated.")
            return
        refused = self._refuses(data)
        if refused is not None:
            self.connection.close(*refused)
            return
        call = self.core.world.voice_calls[str(data["server_id"])]
        voice = self.core.voice
        self.session = voice.begin(call, self._dave(call, data), self.connection)
        host, port = voice.datagrams.address
        ready = {"ssrc": self.session.ssrc, "ip": host, "port": port, "modes": MODES}
        self._send(2, ready | {"experiments": []})
        voice.tell_of_others(self.core.world, self.session)

    def _refuses(self, data: Any) -> tuple[int, str] | None:
        if not isinstance(data, dict):
            return DECODE_ERROR, "Failed to decode payload."
        world, guild_id = self.core.world, str(data.get("server_id"))
        if guild_id not in world.guilds:
            return SERVER_NOT_FOUND, "Server not found."
        call = world.voice_calls.get(guild_id)
        if call is None:
            return SESSION_INVALID, "Session is no longer valid."
        if data.get("token") != call.token:
            return AUTHENTICATION_FAILED, "Authentication failed."
        who = (data.get("session_id"), str(data.get("user_id")))
        if who != (call.session_id, world.application.id):
            return SESSION_INVALID, "Session is no longer valid."
        lacks_dave = not data.get("max_dave_protocol_version")
        if lacks_dave and self.core.voice.requires_dave and not self._on_stage(call):
            return DAVE_REQUIRED, "E2EE/DAVE protocol required"
        return None

    def _dave(self, call: VoiceCall, data: Json) -> int:
        """The version both know; stages are not encrypted from end to end."""
        offered = data.get("max_dave_protocol_version") or 0
        return 0 if self._on_stage(call) else min(offered, NEWEST_DAVE)

    def _on_stage(self, call: VoiceCall) -> bool:
        channel = self.core.world.channel(call.channel_id)
        return channel is not None and channel.type == ChannelType.STAGE

    def _select(self, data: Any) -> None:
        assert self.session is not None
        given = data if isinstance(data, dict) else {}
        chosen = given.get("data") if isinstance(given.get("data"), dict) else {}
        assert chosen is not None
        if given.get("protocol") != "udp":
            self.connection.close(UNKNOWN_PROTOCOL, "Unknown protocol.")
        elif chosen.get("mode") not in MODES:
            self.connection.close(UNKNOWN_MODE, "Unknown encryption mode.")
        else:
            self.session.mode = chosen["mode"]
            description = {
                "mode": self.session.mode,
                "secret_key": self.session.secret_key,
                "dave_protocol_version": self.session.dave,
                "audio_codec": "opus",
                "media_session_id": self.session.call.token,
            }
            self.session.send(4, description)
            self.core.voice.described(self.session)

    def _heartbeat(self, data: Any) -> None:
        """Before version 8 the nonce came bare."""
        bare = self.version < 8
        nonce = data if bare else data.get("t") if isinstance(data, dict) else None
        if not isinstance(nonce, int):
            self.connection.close(BAD_REQUEST, "Bad request.")
        else:
            self._send(6, nonce if bare else {"t": nonce})

    def _speaking(self, data: Any) -> None:
        assert self.session is not None
        if not isinstance(data, dict) or not isinstance(data.get("speaking"), int):
            self.connection.close(BAD_REQUEST, "Bad request.")
            return
        self.session.speaking = data["speaking"]
        self.core.pulse.beat("VOICE")

    def _resume(self, data: Any) -> None:
        given: Json = data if isinstance(data, dict) else {}
        acknowledged = given.get("seq_ack", -1) if self.version >= 8 else None
        session = self._resumable(given, acknowledged)
        if session is None:
            self.connection.close(SESSION_INVALID, "Session is no longer valid.")
            return
        self.session = session
        self.core.voice.resumed(session, self.connection)
        self._send(9, None)
        if acknowledged is not None:
            session.replay(acknowledged)

    def _resumable(self, given: Json, acknowledged: Any) -> VoiceSession | None:
        session = self.core.voice.session(str(given.get("token")))
        if session is None:
            return None
        if given.get("session_id") != session.call.session_id:
            return None
        if str(given.get("server_id")) != session.call.guild_id:
            return None
        if acknowledged is None:
            return session
        known = isinstance(acknowledged, int) and session.can_resume(acknowledged)
        return session if known else None

    def _ignore(self, data: Any) -> None:
        """Of no consequence here."""

    def _send(self, op: int, data: Any) -> None:
        self.connection.send(orjson.dumps({"op": op, "d": data}))


async def serve(core: Core, request: web.Request) -> web.StreamResponse:
    """The version is required since 2024, 4 is the oldest; how others are refused is not documented."""
    version = request.query.get("v", "")
    if request.transport is None or version not in ("4", "5", "6", "7", "8"):
        return web.Response(status=400, text="this voice gateway speaks versions 4 to 8: ?v=8")
    socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
    await socket.prepare(request)
    connection = Connection(socket, request.transport, None)
    core.voice.attach(connection)
    client = VoiceClient(core, connection, int(version))
    client.hello()
    try:
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            if not connection.closing:
                client.receive(message.data)
    finally:
        core.voice.detach(connection, ended=socket.close_code in GOODBYE)
        await connection.finish()
    return socket
