"""The lanes there are: what was set for the whole program, else what the environment says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.sessions import api as sessions
from rallypoint.kernel.errors import Conflict, NotFound, Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Operator

from .model import CAPACITIES, LaneSettings

MODELS = {"lanes": LaneSettings}
EVERYWHERE = GuildId(0)


async def chosen(session: AsyncSession) -> Mapping[str, int] | None:
    """None: none were set here."""
    return (await guilds.read(session, "lanes", LaneSettings, EVERYWHERE)).capacities


async def put(
    session: AsyncSession,
    name: str,
    capacity: object,
    *,
    is_new: bool,
    environment: Mapping[str, int],
    by: Operator,
    now: datetime,
) -> None:
    """A new one, or another capacity for one that is there. Raise Refused for a name or a capacity that cannot be."""
    there = dict(await chosen(session) or environment)
    if is_new and name in there:
        raise Conflict("lane_there", lane=name)
    if not is_new and name not in there:
        raise NotFound("lane_not_there", lane=name[:32])
    await guilds.put(session, MODELS, CAPACITIES, {**there, name: capacity}, by=by, now=now)
    await follow(session, environment=environment, now=now)


async def remove(
    session: AsyncSession,
    name: str,
    *,
    environment: Mapping[str, int],
    by: Operator,
    now: datetime,
) -> None:
    there = dict(await chosen(session) or environment)
    if name not in there:
        raise NotFound("lane_not_there", lane=name[:32])
    del there[name]
    if not there:
        raise Refused("lane_last")
    await guilds.put(session, MODELS, CAPACITIES, there, by=by, now=now)
    await follow(session, environment=environment, now=now)


async def reset(
    session: AsyncSession, *, environment: Mapping[str, int], by: Operator, now: datetime
) -> None:
    await guilds.reset(session, MODELS, CAPACITIES, by=by, now=now)
    await follow(session, environment=environment, now=now)


async def follow(session: AsyncSession, *, environment: Mapping[str, int], now: datetime) -> None:
    await sessions.change_lanes(session, await chosen(session) or environment, now=now)
