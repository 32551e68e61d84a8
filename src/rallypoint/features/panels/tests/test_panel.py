"""The panel's row: made by whoever needs it first."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from rallypoint.features.panels.service import panel

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_two_who_need_it_first_have_the_same(sessions, eventually):
    async def wait_for_it():
        async with sessions.begin() as session:
            return (await panel.of_room(session, 1)).turn

    async def waiting():
        async with sessions() as session:
            return await session.scalar(text(WAITING))

    async with sessions.begin() as session:
        (await panel.of_room(session, 1)).turn = 7
        other = asyncio.create_task(wait_for_it())
        await eventually(waiting, 1)

    assert await other == 7
