"""Hints go out after the commit, and only then."""

from __future__ import annotations

from datetime import datetime, timedelta

from rallypoint.kernel.commits import announce, listen


async def test_the_earliest_moment_is_told_once_and_after_the_commit(sessions, clock, heard):
    later = clock.now() + timedelta(seconds=1)
    async with sessions.begin() as session:
        announce(session, "news", later)
        announce(session, "news", clock.now())
        announce(session, "news", later)
        announce(session, "gossip", later)
        assert heard == []

    assert heard == [clock.now()]


async def test_what_is_rolled_back_is_not_told(sessions, clock, heard):
    async with sessions() as session:
        await session.connection()
        announce(session, "news", clock.now())
        await session.rollback()
        await session.connection()
        await session.commit()

    assert heard == []


async def test_what_a_savepoint_announced_is_told_after_the_commit_of_the_whole(
    sessions, clock, heard
):
    async with sessions.begin() as session:
        async with session.begin_nested():
            announce(session, "news", clock.now())
        heard.clear()

    assert heard == [clock.now()]


async def test_who_has_stopped_listening_is_not_told(sessions, clock):
    heard: list[datetime] = []
    listen(sessions, "news", heard.append)()
    async with sessions.begin() as session:
        announce(session, "news", clock.now())

    assert heard == []
