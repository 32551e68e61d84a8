from __future__ import annotations

import pytest
from sqlalchemy import select

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.kernel.events import Outbox


@pytest.fixture
def told(sessions):
    """`await told()`: what was published of sessions, as (what, reason), in order."""

    async def read():
        kinds = Outbox.kind.like("sessions.%")
        async with sessions() as session:
            rows = await session.scalars(select(Outbox).where(kinds).order_by(Outbox.position))
            return [(row.kind.partition(".")[2], row.data.get("reason")) for row in rows]

    return read


@pytest.fixture
def all_of_them(sessions):
    async def read():
        async with sessions() as session:
            return (await session.scalars(select(VoiceSession).order_by(VoiceSession.id))).all()

    return read


@pytest.fixture
def ends(all_of_them):
    """`await ends()`: the reasons of those that have ended; None for each that has not."""

    async def read():
        return [row.reason if row.ended_at else None for row in await all_of_them()]

    return read


@pytest.fixture
def judged(all_of_them):
    """`await judged()`: why each ends, or is to end."""

    async def read():
        return [row.reason for row in await all_of_them()]

    return read
