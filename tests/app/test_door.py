"""What a token costs that somebody made up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import event, text

from rallypoint.adapters.db import Database
from rallypoint.app.door import Door
from rallypoint.features.accounts import api as accounts
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Operator
from rallypoint.kernel.ports import Discord

PATIENCE = 5
"""Seconds: less than a write to SQLite waits for another process."""
NEVER_MADE = f"rp_{'0' * 12}_{'0' * 43}"


@pytest.fixture
def door(database, clock):
    return Door(Parts(database.sessions, clock, cast(Discord, None)), database.reading)


@pytest.fixture
async def good(sessions, clock):
    async with sessions.begin() as session:
        made = await accounts.create_token(
            session, user_id=UserId(1), by=Operator(), now=clock.now()
        )
    return made.text


@pytest.fixture
def statements(database):
    """What the database is told meanwhile."""
    heard: list[str] = []

    def hear(_connection, _cursor, statement, *_more):
        heard.append(statement.split()[0])

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    return heard


async def test_what_no_token_looks_like_is_nothing_to_ask_a_database_about(door, statements):
    for text_ in ("", "nonsense", NEVER_MADE[:-1], f"{NEVER_MADE}é"):
        assert await door.caller_of(text_) is None

    assert statements == []


async def test_one_that_was_never_made_is_looked_up_and_nothing_is_written(door, statements):
    assert await door.caller_of(NEVER_MADE) is None

    assert [each for each in statements if each not in ("BEGIN", "COMMIT", "ROLLBACK")] == [
        "SELECT"
    ]


async def test_a_good_one_writes_once_a_minute_that_it_was_used(door, good, statements, clock):
    written = []
    for seconds in (0, 59, 1):
        clock.advance(timedelta(seconds=seconds))
        statements.clear()
        assert await door.caller_of(good) is not None
        written.append("UPDATE" in statements)

    assert written == [True, False, True]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_that_was_never_made_does_not_wait_for_who_writes(door, database_url):
    async with await Database.open(database_url) as elsewhere, elsewhere.sessions.begin() as writer:
        await writer.execute(text("DELETE FROM token"))
        async with asyncio.timeout(PATIENCE):
            assert await door.caller_of(NEVER_MADE) is None
