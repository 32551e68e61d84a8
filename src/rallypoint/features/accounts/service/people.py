"""What people have set for themselves."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts.model import Person
from rallypoint.kernel.db import add_unless_there
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.jobs.recurrence import check_zone


async def zone_of(session: AsyncSession, user_id: UserId) -> str:
    """Empty, if they have set none."""
    person = await session.get(Person, user_id)
    return "" if person is None else person.zone


async def set_zone(session: AsyncSession, user_id: UserId, zone: str) -> None:
    """Empty: as their browser has it. Raise Refused for one that there is not."""
    if zone:
        check_zone(zone)
    if not await add_unless_there(session, Person, user_id=user_id, zone=zone):
        (await session.get_one(Person, user_id)).zone = zone
