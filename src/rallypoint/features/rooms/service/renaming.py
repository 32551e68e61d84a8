"""A room's name: the newest wish counts, and is carried out as soon as Discord allows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules import names, states
from rallypoint.features.rooms.rules.powers import Power, Renames
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import NotFound, OutcomeUnknown, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, OperationId
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Means, VoiceChannelChanges

from . import panel, powers, requests

TRY_AGAIN = timedelta(seconds=60)
"""A wish that nobody saw the end of."""


def rename_key(room_id: int) -> str:
    return f"rooms.rename:{room_id}"


async def rename(means: Means, room_id: int, name: str, *, actor: Actor) -> datetime | None:
    """None: it is called that now. Else when it will be, unless somebody wishes for another name before."""
    await powers.look(means, room_id, Power.RENAME, actor=actor)
    now = means.clock.now()
    async with means.sessions.begin() as session:
        settings = await requests.settings_of(session, actor.guild_id)
        wished = names.clean(name, settings.name_rules)
        room = await _locked(session, room_id)
        room.wished_name = wished
        await _wait(session, room, until=now + TRY_AGAIN)
    return await carry_out(means, room_id)


async def carry_out(means: Means, room_id: int) -> datetime | None:
    """Give the room the name that is wished for, if Discord allows it now. Returns as `rename`. Raise what Discord says
    against the name; it is not tried again then."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await _locked(session, room_id)
        if room.state not in states.USABLE or room.wished_name in (None, room.name):
            room.wished_name = None
            return None
        renames = Renames(room.renamed_at, room.renamed_before_at)
        if (allowed_at := renames.next_at(now)) > now:
            await _wait(session, room, until=allowed_at)
            await panel.show(session, room_id, now=now)
            return allowed_at
        # Counted before it is asked for: a program that is killed in between must not ask too often.
        used = renames.used(now)
        room.renamed_at, room.renamed_before_at = used.last, used.before
        wished = room.wished_name
    return await _ask(means, room, wished or "")


async def _ask(means: Means, room: Room, wished: str) -> datetime | None:
    assert room.channel_id is not None
    until: datetime | None = None
    try:
        await means.discord.edit_voice_channel(
            ChannelId(room.channel_id),
            VoiceChannelChanges(name=wished),
            operation=OperationId(room.operation),
            reason="rename",
        )
    except Refused:
        await _settle(means, room.id, wished, name=None)
        raise
    except OutcomeUnknown:
        until = means.clock.now() + TRY_AGAIN
    except Unavailable as error:
        until = means.clock.now() + (error.retry_in or TRY_AGAIN)
    if until is None:
        await _settle(means, room.id, wished, name=wished)
        return None
    async with means.sessions.begin() as session:
        await _wait(session, room, until=until)
        await panel.show(session, room.id, now=means.clock.now())
    return until


async def _settle(means: Means, room_id: int, wished: str, *, name: str | None) -> None:
    """That wish is done with; a newer one is not."""
    async with means.sessions.begin() as session:
        room = await _locked(session, room_id)
        room.name = name or room.name
        if room.wished_name == wished:
            room.wished_name = None
        await panel.show(session, room_id, now=means.clock.now())


async def _wait(session: AsyncSession, room: Room, *, until: datetime) -> None:
    await jobs.schedule(
        session, "rooms.rename", due=until, key=rename_key(room.id), room_id=room.id
    )


async def _locked(session: AsyncSession, room_id: int) -> Room:
    room = await session.scalar(select(Room).where(Room.id == room_id).with_for_update())
    if room is None:
        raise NotFound("room_unknown")
    return room
