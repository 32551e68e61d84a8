"""What a session asks for: members, channel info, sounds; and what it says of itself.

https://docs.discord.com/developers/events/gateway-events#send-events
"""

from __future__ import annotations

import logging
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fakecord import payloads
from fakecord.core import Core
from fakecord.entities import Json, Member
from fakecord.gateway.session import Session
from fakecord.intents import Intent
from fakecord.rest.forms import Id
from fakecord.world import GuildState

log = logging.getLogger("fakecord")
CHUNK = 1000
MOST_FOUND = 100
LONGEST_NONCE = 32


def _one(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _many(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


class Ask(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Presence(Ask):
    since: int | float | None = None
    activities: list[Json] = Field(default_factory=list)
    status: Literal["online", "dnd", "idle", "invisible", "offline"]
    afk: bool = False


class Members(Ask):
    guild_id: Annotated[Id, BeforeValidator(_one)]
    query: str | None = None
    limit: int | None = Field(default=None, ge=0)
    presences: bool | None = None
    user_ids: Annotated[list[Id] | None, BeforeValidator(_many)] = None
    nonce: str | None = None


class Sounds(Ask):
    guild_ids: list[Id]


class ChannelInfo(Ask):
    guild_id: Id
    fields: list[Literal["status", "voice_start_time"]]


def presence(core: Core, session: Session, data: Json) -> None:
    """Kept with the session, for a test to look at; nobody is told."""
    session.presence = Presence.model_validate(data).model_dump()
    core.gateway.changed()


def members(core: Core, session: Session, data: Json) -> None:
    """GUILD_MEMBERS_CHUNK, a thousand at a time.

    What may not be asked is answered with silence; Discord documents no refusal of it.
    https://docs.discord.com/developers/events/gateway-events#request-guild-members
    """
    asked = Members.model_validate(data)
    state = _state(core, session, asked.guild_id)
    if state is None or not _may_ask(session, asked):
        return
    found, missing = _asked_for(core, state, asked)
    pages = [found[at : at + CHUNK] for at in range(0, len(found), CHUNK)] or [[]]
    for index, page in enumerate(pages):
        chunk: Json = {
            "guild_id": asked.guild_id,
            "members": [payloads.member(core.world, member) for member in page],
            "chunk_index": index,
            "chunk_count": len(pages),
            "not_found": missing,
        }
        if asked.presences:
            chunk["presences"] = []
        if asked.nonce and len(asked.nonce.encode()) <= LONGEST_NONCE:
            chunk["nonce"] = asked.nonce
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)


def sounds(core: Core, session: Session, data: Json) -> None:
    """There are none here."""
    for guild_id in Sounds.model_validate(data).guild_ids:
        if _state(core, session, guild_id) is not None:
            told = {"guild_id": guild_id, "soundboard_sounds": []}
            session.dispatch("SOUNDBOARD_SOUNDS", told)


def channel_info(core: Core, session: Session, data: Json) -> None:
    """CHANNEL_INFO: what no channel object carries, of the channels that have it.

    https://docs.discord.com/developers/events/gateway-events#request-channel-info
    """
    asked = ChannelInfo.model_validate(data)
    state = _state(core, session, asked.guild_id)
    if state is None:
        return
    told: list[Json] = []
    for channel in state.channels.values():
        known = {
            "status": channel.status,
            "voice_start_time": channel.voice_started and int(channel.voice_started),
        }
        info = {name: known[name] for name in asked.fields if known[name] is not None}
        if info:
            told.append({"id": channel.id} | info)
    session.dispatch("CHANNEL_INFO", {"guild_id": asked.guild_id, "channels": told})


def _state(core: Core, session: Session, guild_id: str) -> GuildState | None:
    """The guild, if the bot is in it and this is its shard."""
    state = core.world.guilds.get(guild_id)
    if state is None or not session.covers(guild_id):
        return None
    return state if core.world.application.id in state.members else None


def _may_ask(session: Session, asked: Members) -> bool:
    everybody = asked.user_ids is None and not asked.query and not asked.limit
    if everybody and not session.intents & Intent.GUILD_MEMBERS:
        log.error("all members were asked for without the intent GUILD_MEMBERS")
        return False
    if asked.presences and not session.intents & Intent.GUILD_PRESENCES:
        log.error("presences were asked for without the intent GUILD_PRESENCES")
        return False
    if asked.user_ids is None and (asked.query is None or asked.limit is None):
        log.error("members were asked for with neither user_ids nor query and limit")
        return False
    return True


def _asked_for(core: Core, state: GuildState, asked: Members) -> tuple[list[Member], list[str]]:
    if asked.user_ids is not None:
        ids = asked.user_ids[:MOST_FOUND]
        known = state.members
        return [known[i] for i in ids if i in known], [i for i in ids if i not in known]
    start = (asked.query or "").lower()
    users = core.world.users
    found = [
        each
        for each in state.members.values()
        if users[each.user_id].username.lower().startswith(start)
    ]
    most = min(asked.limit or MOST_FOUND, MOST_FOUND) if start else asked.limit or len(found)
    return found[:most], []
