from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rallypoint.features.conditions.rules.asked import Conditions
from rallypoint.features.conditions.rules.heard import Heard
from rallypoint.features.conditions.rules.steps import State, step

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def heard() -> Callable[..., Heard]:
    """`heard("presence.joined", seconds, user)`."""
    numbers = itertools.count(1)

    def make(kind: str, seconds: float = 0, user: int = 1, **more: Any) -> Heard:
        data = {"guild_id": 1, "channel_id": 10, "user_id": user, "bot": False} | more
        fleeting = data.pop("fleeting", False)
        at = NOON + timedelta(seconds=seconds)
        return Heard(f"id{next(numbers)}", kind, "channel:10", at, data, fleeting)

    return make


@pytest.fixture
def run() -> Callable[..., tuple[State, list[tuple[str, str, float]]]]:
    """`run(conditions, events)`: what it remembers in the end, and of each that was judged: its id, its outcome and the
    seconds since noon."""

    def go(
        conditions: Conditions,
        events: list[Heard],
        *,
        wanted: Callable[[Heard], bool] | None = None,
    ) -> Any:
        state, told = State(), []
        for event in events:
            is_wanted = event.kind == "presence.joined" if wanted is None else wanted(event)
            done = step(conditions, state, event, wanted=is_wanted)
            state = done.state
            for each in done.rulings:
                told.append((each.event.id, str(each.outcome), (each.at - NOON).total_seconds()))
        return state, told

    return go
