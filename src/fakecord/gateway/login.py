"""IDENTIFY and RESUME: who may, and what they are told first.

https://docs.discord.com/developers/events/gateway#connection-lifecycle
"""

from __future__ import annotations

from typing import Any

from fakecord import payloads, snowflake
from fakecord.addresses import Addresses
from fakecord.core import Core
from fakecord.entities import Json
from fakecord.gateway.close_codes import (
    AUTHENTICATION_FAILED,
    DECODE_ERROR,
    DISALLOWED_INTENTS,
    INVALID_INTENTS,
    INVALID_SHARD,
    SHARDING_REQUIRED,
)
from fakecord.gateway.connection import Connection
from fakecord.gateway.session import Session
from fakecord.intents import KNOWN, PRIVILEGED
from fakecord.step import Event
from fakecord.world import GuildState


def is_token(core: Core, data: Json) -> bool:
    return str(data.get("token")).removeprefix("Bot ") == core.world.application.token


def shard_of(data: Json) -> tuple[int, int]:
    number, count = data.get("shard") or (0, 1)
    return number, count


def refuses(core: Core, data: Json) -> int | None:
    """The code to hang up with, if this IDENTIFY may not be."""
    if not is_token(core, data):
        return AUTHENTICATION_FAILED
    intents = data.get("intents")
    if not isinstance(intents, int) or intents < 0 or intents & ~KNOWN:
        return INVALID_INTENTS
    if intents & PRIVILEGED & ~core.world.application.allowed_intents:
        return DISALLOWED_INTENTS
    if not _is_shard(data.get("shard")):
        return DECODE_ERROR
    number, count = shard_of(data)
    if not 0 <= number < count:
        return INVALID_SHARD
    if len(_guilds_of(core, (number, count))) > core.gateway.most_guilds:
        return SHARDING_REQUIRED
    return None


def begin(core: Core, data: Json, connection: Connection, told: Addresses) -> Session:
    gateway = core.gateway
    gateway.last_identify = {key: value for key, value in data.items() if key != "token"}
    session = gateway.begin(data["intents"], shard_of(data), connection, told)
    session.presence = data.get("presence")
    _ready(core, session)
    gateway.changed()
    return session


def resume(
    core: Core, session: Session, sequence: int, connection: Connection, told: Addresses
) -> None:
    session.connection, session.told = connection, told
    session.replay(sequence)
    session.dispatch("RESUMED", {"_trace": ["fakecord"]})
    core.gateway.resumes += 1
    core.gateway.changed()


def _is_shard(given: Any) -> bool:
    if given is None:
        return True
    return (
        isinstance(given, list) and len(given) == 2 and all(type(number) is int for number in given)
    )


def _guilds_of(core: Core, shard: tuple[int, int]) -> list[GuildState]:
    world = core.world
    return [
        state
        for state in world.guilds.values()
        if world.application.id in state.members
        and snowflake.shard_of(state.guild.id, shard[1]) == shard[0]
    ]


def _ready(core: Core, session: Session) -> None:
    world = core.world
    own = _guilds_of(core, session.shard)
    session.dispatch(
        "READY",
        {
            "v": 10,
            "user": payloads.own_user(world.bot),
            "guilds": [{"id": state.guild.id, "unavailable": True} for state in own],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": session.told.gateway,
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
            core.gateway.greet(world, session, event)
