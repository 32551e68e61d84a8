"""What conditions remember, as it is stored. The caller sees to it that of one listener it is alone with that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import UpdateBase

from rallypoint.features.conditions.model import ConditionState
from rallypoint.features.conditions.rules import kept
from rallypoint.features.conditions.rules.quota import Sent
from rallypoint.features.conditions.rules.room import Room
from rallypoint.features.conditions.rules.starts import Starts
from rallypoint.features.conditions.rules.steps import State
from rallypoint.kernel import bulk

WHOLE = ""
READ_AT_ONCE = 400

state = cast(Table, ConditionState.__table__)

Place = tuple[int, str]
"""A listener and a subject."""


class States:
    """Of some listeners, in some places. What they are not known to remember is nothing."""

    def __init__(self, stored: Iterable[tuple[int, str, dict[str, Any]]] = ()) -> None:
        self._wholes: dict[int, tuple[Sent, Starts]] = {}
        self._rooms: dict[Place, Room] = {}
        for listener_id, subject, data in stored:
            if subject == WHOLE:
                self._wholes[listener_id] = kept.read_whole(data)
            else:
                self._rooms[listener_id, subject] = kept.read_room(data)
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

    def due(self, listener_id: int, now: datetime) -> list[tuple[datetime, str]]:
        """What is held no longer: since when, and where."""
        held = (
            (room.held.due, subject)
            for (number, subject), room in self._rooms.items()
            if number == listener_id and room.held is not None
        )
        return sorted(each for each in held if each[0] <= now)

    async def save(self, session: AsyncSession, now: datetime) -> Turns:
        """What has changed."""
        wholes, rooms = self._before
        changed = {each: room for each, room in self._rooms.items() if room != rooms.get(each)}
        rows = [
            _row((number, WHOLE), kept.whole(State(*whole)), None, now)
            for number, whole in self._wholes.items()
            if whole != wholes.get(number)
        ]
        rows += [
            _row(place, kept.room(room), room.held.due if room.held else None, now)
            for place, room in changed.items()
            if not room.is_blank
        ]
        if rows:
            upsert = _upsert(session.get_bind().dialect.name)
            await bulk.execute_each(session, (upsert, rows))
        for place, room in changed.items():
            if room.is_blank and place in rooms:
                await session.execute(_delete(place))
        return _turns(changed, rooms)


@dataclass(frozen=True, slots=True)
class Turns:
    """What is held, and until when; and what no longer."""

    held: Mapping[Place, datetime]
    freed: Sequence[Place]


def _turns(changed: Mapping[Place, Room], before: Mapping[Place, Room]) -> Turns:
    held, freed = {}, []
    for place, room in changed.items():
        was = before.get(place, Room()).held
        if room.held is not None and room.held != was:
            held[place] = room.held.due
        elif room.held is None and was is not None:
            freed.append(place)
    return Turns(held, freed)


async def load(session: AsyncSession, places: Collection[Place], *, until: datetime) -> States:
    """With what each remembers in all, and where else something is held no longer than until that moment."""
    wanted = sorted({*places, *((number, WHOLE) for number, _ in places)})
    rows: list[Any] = []
    for first in range(0, len(wanted), READ_AT_ONCE):
        some = wanted[first : first + READ_AT_ONCE]
        there = tuple_(state.c.listener_id, state.c.subject).in_(some)
        query = select(state.c.listener_id, state.c.subject, state.c.data).where(there)
        rows += (await session.execute(query)).all()
    ids = {number for number, _ in places}
    query = select(state.c.listener_id, state.c.subject, state.c.data)
    due = query.where(state.c.listener_id.in_(ids), state.c.due_at <= until)
    rows += (await session.execute(due)).all()
    return States((number, subject, data) for number, subject, data in rows)


async def forget(session: AsyncSession, listener_id: int) -> None:
    """All that it remembers; what it held is not sent any more."""
    await session.execute(delete(state).where(state.c.listener_id == listener_id))


def _delete(place: Place) -> Any:
    return delete(state).where(state.c.listener_id == place[0], state.c.subject == place[1])


def _row(place: Place, data: dict[str, Any], due: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "listener_id": place[0],
        "subject": place[1],
        "data": data,
        "due_at": due,
        "updated_at": now,
    }


@cache
def _upsert(dialect: str) -> UpdateBase:
    insert = cast(Any, sqlite.insert if dialect == "sqlite" else postgresql.insert)(state)
    again: UpdateBase = insert.on_conflict_do_update(
        index_elements=["listener_id", "subject"],
        set_={name: insert.excluded[name] for name in ("data", "due_at", "updated_at")},
    )
    return again
