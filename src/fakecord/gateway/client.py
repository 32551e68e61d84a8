"""The other end of one connection: what it sends, opcode by opcode.

https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-opcodes
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from fakecord.addresses import Addresses
from fakecord.core import Core
from fakecord.entities import Json
from fakecord.gateway import asks, login, voice_states
from fakecord.gateway.close_codes import (
    ALREADY_AUTHENTICATED,
    AUTHENTICATION_FAILED,
    DECODE_ERROR,
    INVALID_SEQUENCE,
    NOT_AUTHENTICATED,
    RATE_LIMITED,
    SESSION_TIMED_OUT,
    UNKNOWN_OPCODE,
    WORDS,
)
from fakecord.gateway.connection import Connection, payload_of
from fakecord.gateway.session import Session
from fakecord.limits import Meter

log = logging.getLogger("fakecord")
GOODBYE = (1000, 1001)
HEARTBEAT, IDENTIFY, RESUME = 1, 2, 6


class Client:
    def __init__(self, core: Core, connection: Connection, told: Addresses) -> None:
        self.core = core
        self.told = told
        self.connection = connection
        self.session: Session | None = None
        self._sends = Meter(core.limits.sends)
        self._call_off: Callable[[], None] | None = None
        self._asked: dict[int, Callable[[Core, Session, Json], None]] = {
            3: asks.presence,
            4: voice_states.update,
            8: asks.members,
            31: asks.sounds,
            43: asks.channel_info,
        }

    def hello(self) -> None:
        interval = int(self.core.gateway.heartbeat_interval * 1000)
        self.connection.send_op(10, {"heartbeat_interval": interval, "_trace": ["fakecord"]})
        self._expect_heartbeat()

    def receive(self, data: str | bytes) -> None:
        if self.connection.closing:
            return
        payload = payload_of(data)
        if payload is None:
            self._hang_up(DECODE_ERROR)
        elif not self._sends.spend(self.core.now()):
            self._hang_up(RATE_LIMITED)
        elif payload["op"] == HEARTBEAT:
            self._beat()
        elif payload["op"] in (IDENTIFY, RESUME):
            self._log_in(payload["op"], payload.get("d"))
        elif payload["op"] not in self._asked:
            self._hang_up(UNKNOWN_OPCODE)
        elif self.session is None:
            self._hang_up(NOT_AUTHENTICATED)
        else:
            self._answer(self.session, payload["op"], payload.get("d"))

    def gone(self, code: int | None) -> None:
        """A client that says goodbye ends its session; any other end leaves it to be resumed."""
        if self._call_off is not None:
            self._call_off()
        session = self.session
        if session is not None and session.connection is self.connection and code in GOODBYE:
            self.core.gateway.forget(session)
        if session is not None and self.core.gateway.session(session.id) is None:
            voice_states.leave_all(self.core, session)

    def _answer(self, session: Session, op: int, data: Any) -> None:
        """A field that is wrong, or that nobody knows, is no less loud than an unknown route."""
        try:
            self._asked[op](self.core, session, data if isinstance(data, dict) else {})
        except ValidationError as error:
            log.error("fakecord cannot read op %s: %s", op, error)
            self._hang_up(DECODE_ERROR)

    def _log_in(self, op: int, data: Any) -> None:
        if self.session is not None:
            self._hang_up(ALREADY_AUTHENTICATED)
        elif not isinstance(data, dict):
            self._hang_up(DECODE_ERROR)
        elif op == IDENTIFY:
            self._identify(data)
        else:
            self._resume(data)

    def _identify(self, data: Json) -> None:
        refused = login.refuses(self.core, data)
        if refused is not None:
            self._hang_up(refused)
        elif not self.core.limits.begins(login.shard_of(data)[0], self.core.now()):
            self.connection.send_op(9, False)
        elif not self.core.limits.identifies.spend(self.core.now()):
            self.core.gateway.forget_all()
            self.core.reset_token()
        else:
            self.session = login.begin(self.core, data, self.connection, self.told)

    def _resume(self, data: Json) -> None:
        session = self.core.gateway.session(str(data.get("session_id")))
        sequence = data.get("seq") or 0
        if not login.is_token(self.core, data):
            self._hang_up(AUTHENTICATION_FAILED)
        elif session is not None and sequence > session.sequence:
            self.core.gateway.forget(session)
            self._hang_up(INVALID_SEQUENCE)
        elif session is None or not session.can_resume(sequence):
            self.connection.send_op(9, False)
        else:
            self.session = session
            login.resume(self.core, session, sequence, self.connection, self.told)

    def _hang_up(self, code: int) -> None:
        self.connection.close(code, WORDS[code])

    def _beat(self) -> None:
        self.connection.send_op(11)
        self._expect_heartbeat()
        if self.session is not None:
            self.session.beats += 1
            self.session.last_beat = self.core.now()
            self.core.gateway.changed()

    def _expect_heartbeat(self) -> None:
        gateway = self.core.gateway
        if self._call_off is not None:
            self._call_off()
        if gateway.expects_heartbeats:
            late = self.core.now() + 2 * gateway.heartbeat_interval
            self._call_off = self.core.agenda.at(late, self._time_out)

    def _time_out(self) -> None:
        if self.session is not None:
            self.core.gateway.forget(self.session)
        self._hang_up(SESSION_TIMED_OUT)
