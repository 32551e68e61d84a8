"""A room's name: the newest wish counts, and is carried out as soon as Discord allows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.panels.model import Panel
from rallypoint.features.panels.rules.powers import Renames
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import OutcomeUnknown, Refused, Unavailable
from rallypoint.kernel.ids import ChannelId, OperationId
from rallypoint.kernel.people import Actor
from rallypoint.kernel.ports import Means, VoiceChannelChanges

from . import panel, powers

TRY_AGAIN = timedelta(seconds=60)
"""A wish that nobody saw the end of."""


def rename_key(room_id: int) -> str:
    return f"panels.rename:{room_id}"


async def rename(means: Means, room_id: int, name: str, *, actor: Actor) -> datetime | None:
    """None: it is called that now. Else when it will be, unless somebody wishes for another name before."""
    await powers.look(means, room_id, rooms.Power.RENAME, actor=actor)
    now = means.clock.now()
    async with means.sessions.begin() as session:
        settings = await rooms.settings_of(session, actor.guild_id)
        wished = rooms.clean_name(name, settings.name_rules)
        (await panel.of_room(session, room_id)).wished_name = wished
        await _wait(session, room_id, until=now + TRY_AGAIN)
    return await carry_out(means, room_id)


async def carry_out(means: Means, room_id: int) -> datetime | None:
    """Give the room the name that is wished for, if Discord allows it now. Returns as `rename`. Raise what Discord says
    against the name; it is not tried again then."""
    now = means.clock.now()
    async with means.sessions.begin() as session:
        room = await session.get(rooms.Room, room_id)
        wish = await panel.of_room(session, room_id)
        if room is None or room.state not in rooms.USABLE or wish.wished_name in (None, room.name):
            wish.wished_name = None
            return None
        renames = Renames(wish.renamed_at, wish.renamed_before_at)
        if (allowed_at := renames.next_at(now)) > now:
            await _wait(session, room_id, until=allowed_at)
            await panel.show(session, room_id, now=now)
            return allowed_at
        # Counted before it is asked for: a program that is killed in between must not ask too often.
        used = renames.used(now)
        wish.renamed_at, wish.renamed_before_at = used.last, used.before
    return await _ask(means, room, wish)


async def _ask(means: Means, room: rooms.Room, wish: Panel) -> datetime | None:
    assert room.channel_id is not None
    wished = wish.wished_name or ""
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
        await _wait(session, room.id, until=until)
        await panel.show(session, room.id, now=means.clock.now())
    return until


async def _settle(means: Means, room_id: int, wished: str, *, name: str | None) -> None:
    """That wish is done with; a newer one is not."""
    async with means.sessions.begin() as session:
        await rooms.note(session, room_id, name=name)
        wish = await panel.of_room(session, room_id)
        if wish.wished_name == wished:
            wish.wished_name = None
        await panel.show(session, room_id, now=means.clock.now())


async def _wait(session: AsyncSession, room_id: int, *, until: datetime) -> None:
    await jobs.schedule(
        session, "panels.rename", due=until, key=rename_key(room_id), room_id=room_id
    )
