"""The panel's row: made by whoever needs it first."""

from __future__ import annotations

import asyncio

import pytest

from rallypoint.features.panels.service import panel


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_two_who_need_it_first_have_the_same(sessions, somebody_waits):
    async def wait_for_it():
        async with sessions.begin() as session:
            return (await panel.of_room(session, 1)).turn

    async with sessions.begin() as session:
        (await panel.of_room(session, 1)).turn = 7
        other = asyncio.create_task(wait_for_it())
        await somebody_waits()

    assert await other == 7
