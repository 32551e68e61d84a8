"""The gateway's socket, opcode by opcode.

https://docs.discord.com/developers/events/gateway
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import WSMsgType, web

from fakecord import payloads
from fakecord.core import Core
from fakecord.entities import Json, Member
from fakecord.gateway.connection import Connection, encoder, payload_of
from fakecord.gateway.session import Session
from fakecord.intents import KNOWN, PRIVILEGED
from fakecord.permissions import Permission
from fakecord.rules import voice
from fakecord.snowflake import shard_of
from fakecord.step import Event

UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SHARD, INVALID_INTENTS, DISALLOWED_INTENTS = 4005, 4010, 4013, 4014
CHUNK = 1000
GOODBYE = (1000, 1001)


class Client:
    """The other end of one connection."""

    def __init__(self, core: Core, connection: Connection) -> None:
        self.core = core
        self.connection = connection
        self.session: Session | None = None
        self.opcodes: dict[int, Callable[[Json], None]] = {
            2: self._identify,
            3: self._presence,
            4: self._voice,
            6: self._resume,
            8: self._members,
        }

    def hello(self) -> None:
        interval = int(self.core.gateway.heartbeat_interval * 1000)
        self.connection.send_op(10, {"heartbeat_interval": interval, "_trace": ["fakecord"]})

    def receive(self, data: str | bytes) -> None:
        payload = payload_of(data)
        if payload is None:
            self.connection.close(DECODE_ERROR, "Error while decoding payload.")
        elif payload["op"] == 1:
            self.connection.send_op(11)
        elif payload["op"] not in self.opcodes:
            self.connection.close(UNKNOWN_OPCODE, "Unknown opcode.")
        elif payload["op"] not in (2, 6) and self.session is None:
            self.connection.close(NOT_AUTHENTICATED, "Not authenticated.")
        else:
            self.opcodes[payload["op"]](payload.get("d") or {})

    def gone(self, code: int | None) -> None:
        """A client that says goodbye ends its session; any other end leaves it to be resumed."""
        session = self.session
        if session is not None and session.connection is self.connection and code in GOODBYE:
            self.core.gateway.forget(session)

    def _identify(self, data: Json) -> None:
        if self.session is not None:
            self.connection.close(ALREADY_AUTHENTICATED, "Already authenticated.")
            return
        refused = self._refuses(data)
        if refused is not None:
            self.connection.close(*refused)
            return
        shard = data.get("shard") or [0, 1]
        gateway = self.core.gateway
        gateway.last_identify = {key: value for key, value in data.items() if key != "token"}
        self.session = gateway.begin(data["intents"], (shard[0], shard[1]), self.connection)
        self._ready(self.session)
        gateway.changed()

    def _refuses(self, data: Json) -> tuple[int, str] | None:
        application = self.core.world.application
        if str(data.get("token")).removeprefix("Bot ") != application.token:
            return AUTHENTICATION_FAILED, "Authentication failed."
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents & ~KNOWN:
            return INVALID_INTENTS, "Invalid intent(s)."
        if intents & PRIVILEGED & ~application.allowed_intents:
            return DISALLOWED_INTENTS, "Disallowed intent(s)."
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            return INVALID_SHARD, "Invalid shard."
        return None

    def _ready(self, session: Session) -> None:
        world = self.core.world
        own = [
            state
            for state in world.guilds.values()
            if world.application.id in state.members
            and shard_of(state.guild.id, session.shard[1]) == session.shard[0]
        ]
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": payloads.own_user(world.bot),
                "guilds": [{"id": state.guild.id, "unavailable": True} for state in own],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": self.core.gateway_url,
                "shard": list(session.shard),
                "application": {"id": world.application.id, "flags": 0},
                "private_channels": [],
                "relationships": [],
                "_trace": ["fakecord"],
            },
        )
        for state in own:
            if not state.guild.unavailable:
                event = Event("GUILD_CREATE", {"id": state.guild.id}, state.guild.id)
                self.core.gateway.tell(world, session, event)

    def _resume(self, data: Json) -> None:
        session = self.core.gateway.session(str(data.get("session_id")))
        sequence = data.get("seq") or 0
        if str(data.get("token")) != self.core.world.application.token:
            self.connection.close(AUTHENTICATION_FAILED, "Authentication failed.")
        elif session is None or not session.can_resume(sequence):
            self.connection.send_op(9, False)
        else:
            self.session = session
            session.connection = self.connection
            session.replay(sequence)
            session.dispatch("RESUMED", {"_trace": ["fakecord"]})
            self.core.gateway.resumes += 1
            self.core.gateway.changed()

    def _presence(self, data: Json) -> None:
        """Accepted; presences are not kept."""

    def _voice(self, data: Json) -> None:
        """The bot takes its seat, moves or leaves; what it may not is ignored, as by Discord."""
        core = self.core
        state = core.world.guilds.get(str(data.get("guild_id")))
        bot_id = core.world.application.id
        if state is None or bot_id not in state.members:
            return
        step = core.step()
        if data.get("channel_id") is None:
            if bot_id in state.voice_states:
                voice.leave(step, state, bot_id)
        else:
            channel = state.channels.get(str(data["channel_id"]))
            if channel is None or not channel.vocal:
                return
            if not step.permissions(bot_id, channel) & Permission.CONNECT:
                return
            flags = {key: bool(data.get(key)) for key in ("self_mute", "self_deaf")}
            voice.join(step, state, bot_id, channel, **flags)
        core.commit(step)

    def _members(self, data: Json) -> None:
        """Op 8: GUILD_MEMBERS_CHUNK, a thousand at a time."""
        asked = data.get("guild_id")
        guild_id = str(asked[0] if isinstance(asked, list) else asked)
        state = self.core.world.guilds.get(guild_id)
        if state is None or self.session is None:
            return
        found, missing = self._asked_for(list(state.members.values()), data)
        pages = [found[at : at + CHUNK] for at in range(0, len(found), CHUNK)] or [[]]
        for index, page in enumerate(pages):
            chunk: Json = {
                "guild_id": guild_id,
                "members": [payloads.member(self.core.world, member) for member in page],
                "chunk_index": index,
                "chunk_count": len(pages),
                "not_found": missing,
            }
            if data.get("presences"):
                chunk["presences"] = []
            if data.get("nonce"):
                chunk["nonce"] = data["nonce"]
            self.session.dispatch("GUILD_MEMBERS_CHUNK", chunk)

    def _asked_for(self, members: list[Member], data: Json) -> tuple[list[Member], list[str]]:
        if data.get("user_ids"):
            given = data["user_ids"]
            ids = [str(each) for each in (given if isinstance(given, list) else [given])]
            known = {member.user_id: member for member in members}
            return [known[i] for i in ids if i in known], [i for i in ids if i not in known]
        start = (data.get("query") or "").lower()
        users = self.core.world.users
        found = [m for m in members if users[m.user_id].username.lower().startswith(start)]
        return found[: data.get("limit") or None], []


async def serve(core: Core, request: web.Request) -> web.StreamResponse:
    transport = request.transport
    # An answer and no reset: aiohttp's client tries a reset GET again by itself.
    if transport is None or core.gateway.refuses():
        return web.Response(status=503)
    try:
        encode = encoder(request.query.get("compress"))
    except ValueError as error:
        return web.Response(status=400, text=f"this gateway cannot do {error}")
    socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20)
    await socket.prepare(request)
    connection = Connection(socket, transport, encode)
    core.gateway.attach(connection)
    client = Client(core, connection)
    client.hello()
    try:
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            client.receive(message.data)
        client.gone(socket.close_code)
    finally:
        core.gateway.detach(connection)
        await connection.finish()
    return socket
