"""Who watches is given what is recorded, in the order of its positions: nothing is skipped, or waited for in vain."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from rallypoint.kernel.commits import announce
from rallypoint.kernel.events import Outbox, feed
from rallypoint.kernel.events.feed import Feed, Reader
from rallypoint.kernel.events.outbox import TOPIC
from rallypoint.kernel.ids import ulid

KIND = "doors.opened"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def put(sessions):
    """An event at a position of its own."""

    async def add(*positions, kind=KIND):
        async with sessions.begin() as session:
            for position in positions:
                row = {"position": position, "id": ulid(NOON), "kind": kind, "subject": "door:1"}
                await session.execute(insert(Outbox).values(**row, data={"n": position}, at=NOON))
            announce(session, TOPIC, NOON)

    return add


@dataclass
class Watching:
    feed: Feed
    reader: Reader

    async def __call__(self, count):
        """What the reader is given, by position."""
        seen: list[int] = []
        async with asyncio.timeout(20):
            while len(seen) < count:
                await self.reader.more.wait()
                seen += [recorded.position for recorded in self.reader.take()]
        return seen


@pytest.fixture
async def watching(sessions):
    feed = Feed(sessions, [KIND])
    reader = await feed.join(lambda _: True)
    yield Watching(feed, reader)
    await feed.leave(reader)


async def test_what_is_of_another_kind_is_passed_over(watching, put):
    await put(1)
    await put(2, kind="windows.opened")
    await put(3)

    assert await watching(2) == [1, 3]


async def test_a_position_that_is_committed_late_is_waited_for(watching, put):
    await put(1)
    assert await watching(1) == [1]
    await put(3)
    await put(4)
    await put(2)

    assert await watching(3) == [2, 3, 4]


async def test_one_that_nobody_ever_fills_is_waited_for_only_so_long(watching, put, monkeypatch):
    monkeypatch.setattr(feed, "GAP_SECONDS", 0.0)
    await put(1)
    await put(4)

    assert await watching(2) == [1, 4]


async def test_a_reader_who_lags_behind_is_lost_and_the_others_are_not(
    watching, put, sessions, monkeypatch
):
    monkeypatch.setattr(feed, "MOST_WAITING", 2)
    other = await watching.feed.join(lambda recorded: recorded.position == 3)
    await put(1, 2, 3)
    await other.more.wait()

    assert watching.reader.lost
    assert watching.reader.take() == []
    assert [each.position for each in other.take()] == [3]
    assert not other.lost
    await watching.feed.leave(other)


async def test_nothing_is_read_while_nobody_watches(watching, put):
    await watching.feed.leave(watching.reader)
    await put(1)
    again = await watching.feed.join(lambda _: True)
    await put(2)
    await again.more.wait()

    assert [each.position for each in again.take()] == [2]
    await watching.feed.leave(again)


async def test_who_wants_no_kinds_has_nothing_read(sessions, put):
    feed = Feed(sessions, ())
    reader = await feed.join(lambda _: True)
    await put(1, 2)
    tasks = {each.get_name() for each in asyncio.all_tasks()}
    await feed.leave(reader)

    assert "events feed" not in tasks
    assert (reader.take(), feed.position) == ([], 0)
