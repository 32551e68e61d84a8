"""What conditions remember, as it is stored. Who has a subscription locked is alone with what it remembers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.features.subscriptions.model import Subscription, SubscriptionState
from rallypoint.features.subscriptions.rules.conditions import kept
from rallypoint.features.subscriptions.rules.conditions.quota import Sent
from rallypoint.features.subscriptions.rules.conditions.room import Room
from rallypoint.features.subscriptions.rules.conditions.starts import Starts
from rallypoint.features.subscriptions.rules.conditions.steps import State
from rallypoint.kernel import bulk, jobs
from rallypoint.kernel.jobs import Planned

RIPEN = "subscriptions.ripen"
WHOLE = ""
READ_AT_ONCE = 400

state = cast(Table, SubscriptionState.__table__)

Place = tuple[int, str]
"""A subscription and a subject."""


class States:
    """Of some subscriptions, in some places. What they are not known to remember is nothing."""

    def __init__(self, stored: Iterable[tuple[int, str, dict[str, Any]]] = ()) -> None:
        self._wholes: dict[int, tuple[Sent, Starts]] = {}
        self._rooms: dict[Place, Room] = {}
        for subscription_id, subject, data in stored:
            if subject == WHOLE:
                self._wholes[subscription_id] = kept.read_whole(data)
            else:
                self._rooms[subscription_id, subject] = kept.read_room(data)
        self._before = dict(self._wholes), dict(self._rooms)

    def knows(self, place: Place) -> bool:
        return place in self._rooms

    def seed(self, place: Place, occupants: Iterable[int]) -> None:
        self._rooms[place] = Room(frozenset(occupants))

    def get(self, place: Place) -> State:
        sent, starts = self._wholes.get(place[0], (Sent(), Starts()))
        return State(sent, starts, self._rooms.get(place, Room()))

    def put(self, place: Place, now: State) -> None:
        whole = now.sent, now.starts
        if whole != self._wholes.get(place[0], (Sent(), Starts())):
            self._wholes[place[0]] = whole
        if now.room != self._rooms.get(place, Room()):
            self._rooms[place] = now.room

    def held(self, subscription_id: int) -> list[tuple[str, datetime]]:
        """Where something is, and until when."""
        return [
            (subject, room.held.due)
            for (number, subject), room in self._rooms.items()
            if number == subscription_id and room.held is not None
        ]

    async def save(
        self, session: AsyncSession, now: datetime, *, ripe: Place | None = None
    ) -> None:
        """What has changed, and the timers that go with it; but that of *ripe*, which is just running."""
        wholes, rooms = self._before
        changed = {each: room for each, room in self._rooms.items() if room != rooms.get(each)}
        rows = [
            _row((number, WHOLE), kept.whole(State(*whole)), now)
            for number, whole in self._wholes.items()
            if whole != wholes.get(number)
        ]
        rows += [
            _row(place, kept.room(room), now)
            for place, room in changed.items()
            if not room.is_blank
        ]
        if rows:
            upsert = _upsert(session.get_bind().dialect.name)
            await bulk.execute_each(session, (upsert, rows))
        blank = [each for each, room in changed.items() if room.is_blank and each in rooms]
        for place in blank:
            await session.execute(_at(place))
        armed = {each: room for each, room in changed.items() if each != ripe}
        await self._arm(session, armed, rooms)

    async def _arm(
        self, session: AsyncSession, changed: dict[Place, Room], before: dict[Place, Room]
    ) -> None:
        due: list[Planned] = []
        for place, room in changed.items():
            held, was = room.held, before.get(place, Room()).held
            if held is not None and held != was:
                args = {"subscription_id": place[0], "subject": place[1]}
                due.append(Planned(held.due, args, key(place)))
            elif held is None and was is not None:
                await jobs.cancel(session, key(place))
        if due:
            await jobs.schedule_many(session, RIPEN, due)


async def locked(session: AsyncSession, ids: Collection[int]) -> None:
    """Until the transaction ends: before what they remember is read, and before any destination is."""
    rows = select(Subscription.id).where(Subscription.id.in_(ids)).order_by(Subscription.id)
    await session.execute(rows.with_for_update())


async def load(session: AsyncSession, places: Collection[Place]) -> States:
    """With what each remembers in all."""
    wanted = sorted({*places, *((number, WHOLE) for number, _ in places)})
    rows: list[Any] = []
    for first in range(0, len(wanted), READ_AT_ONCE):
        some = wanted[first : first + READ_AT_ONCE]
        there = tuple_(state.c.subscription_id, state.c.subject).in_(some)
        query = select(state.c.subscription_id, state.c.subject, state.c.data).where(there)
        rows += (await session.execute(query)).all()
    return States((number, subject, data) for number, subject, data in rows)


async def forget(session: AsyncSession, subscription_id: int) -> None:
    """All that it remembers; what it held is not sent any more."""
    await session.execute(delete(state).where(state.c.subscription_id == subscription_id))


def _at(place: Place) -> Any:
    return delete(state).where(state.c.subscription_id == place[0], state.c.subject == place[1])


def key(place: Place) -> str:
    return f"{RIPEN}:{place[0]}:{place[1]}"


def _row(place: Place, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "subscription_id": place[0],
        "subject": place[1],
        "data": data,
        "updated_at": now,
    }


@cache
def _upsert(dialect: str) -> UpdateBase:
    insert = cast(Any, sqlite.insert if dialect == "sqlite" else postgresql.insert)(state)
    again: UpdateBase = insert.on_conflict_do_update(
        index_elements=["subscription_id", "subject"],
        set_={"data": insert.excluded.data, "updated_at": insert.excluded.updated_at},
    )
    return again
