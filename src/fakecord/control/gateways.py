"""The gateway: who is connected, and how it is disturbed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from fakecord.control.operation import Ask, Operation, Request
from fakecord.entities import Json
from fakecord.faults import EventFault
from fakecord.gateway.session import Session
from fakecord.intents import Intent


class GatewayAction(Ask):
    action: Literal[
        "drop", "abort", "half_open", "reconnect", "invalid", "zombie", "refuse", "ask_heartbeat",
        "duplicate", "lose", "delay", "swap", "dispatch",
    ]  # fmt: skip
    code: int = Field(default=1001, description="drop: the close code")
    resumable: bool = Field(
        default=False, description="invalid: whether the session may be resumed"
    )
    on: bool = Field(default=True, description="zombie")
    times: int = Field(default=1, ge=0, description="refuse: how many connections")
    name: str = Field(
        default="", description="duplicate, lose, delay, swap, dispatch: of the event"
    )
    seconds: float = Field(default=0.0, ge=0, description="delay: by how many")
    data: Json = Field(default={}, description="dispatch: as it is, malformed if need be")


class ClientShown(BaseModel):
    """A session and, while it lasts, its connection. Times are of the clock."""

    session_id: str
    shard: tuple[int, int]
    connected: bool
    silent: bool = Field(description="A zombie: it is told nothing")
    began: float
    sequence: int = Field(description="Of the last event")
    heartbeats: int
    last_heartbeat: float | None
    intents: list[str]


class GatewayShown(BaseModel):
    connected: int
    sessions: int
    identifies: int
    resumes: int
    heartbeat_interval: float
    clients: list[ClientShown]


async def get_gateway(request: Request) -> GatewayShown:
    gateway = request.core.gateway
    return GatewayShown(
        connected=len(gateway.connected),
        sessions=len(gateway.sessions),
        identifies=gateway.identifies,
        resumes=gateway.resumes,
        heartbeat_interval=gateway.heartbeat_interval,
        clients=[_client(each) for each in gateway.sessions],
    )


async def disturb_gateway(request: Request) -> GatewayShown:
    gateway = request.core.gateway
    body: GatewayAction = request.body
    match body.action:
        case "drop":
            await gateway.drop(body.code)
        case "abort":
            await gateway.abort()
        case "half_open":
            gateway.half_open()
        case "ask_heartbeat":
            gateway.ask_heartbeat()
        case "delay" | "swap":
            gateway.events.add(EventFault(body.name, body.action, seconds=body.seconds))
        case "reconnect":
            await gateway.reconnect()
        case "invalid":
            await gateway.invalidate(resumable=body.resumable)
        case "zombie":
            gateway.zombie(body.on)
        case "refuse":
            gateway.refuse(body.times)
        case "duplicate":
            gateway.duplicate_next(body.name)
        case "lose":
            gateway.lose_next(body.name)
        case "dispatch":
            gateway.send(body.name, body.data)
    return await get_gateway(request)


def _client(session: Session) -> ClientShown:
    return ClientShown(
        session_id=session.id,
        shard=session.shard,
        connected=session.connection is not None,
        silent=session.connection is not None and session.connection.silent,
        began=session.began,
        sequence=session.sequence,
        heartbeats=session.beats,
        last_heartbeat=session.last_beat,
        intents=[each.name or "" for each in Intent if session.intents & each],
    )


operations = [
    Operation("GET", "/gateway", get_gateway, "Who is connected", answer=GatewayShown),
    Operation(
        "POST", "/gateway", disturb_gateway, "Disturb the gateway", GatewayAction, GatewayShown
    ),
]
