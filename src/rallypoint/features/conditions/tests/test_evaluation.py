"""Whenever timers run, and however often what is remembered is stored and read again: the same is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rallypoint.features.conditions.rules import kept, steps
from rallypoint.features.conditions.rules.asked import Conditions
from rallypoint.features.conditions.rules.heard import Heard
from rallypoint.features.conditions.service.evaluating import Evaluation, Listener
from rallypoint.features.conditions.service.states import WHOLE, States

from .conftest import NOON

LAST = NOON + timedelta(days=1)


@dataclass(frozen=True)
class Joins:
    def kind(self, kind: str) -> bool:
        return kind == "presence.joined"

    def subject(self, subject: str) -> bool:
        return subject.startswith("channel:")


ASKED = st.sampled_from(
    [
        {"occupancy": {"at_least": 2, "for_seconds": 60}},
        {"occupancy": {"at_least": 2, "for_seconds": 60}, "most_per_hour": 2},
        {"occupancy": {"at_least": 2}, "most_per_hour": 1, "members": "people"},
        {"first_joiner": True, "game_start": {"within_minutes": 5}},
    ]
).map(Conditions.model_validate)
MOVES = st.lists(
    st.tuples(
        st.sampled_from([0, 30, 59, 60, 61]),
        st.sampled_from(["presence.joined", "presence.joined", "presence.left", "games.moved"]),
        st.integers(1, 2),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=25,
)


def _stream(moves):
    at = NOON
    for number, (wait, kind, channel, user, late) in enumerate(moves):
        at += timedelta(seconds=wait)
        data: dict[str, Any] = {"guild_id": 1, "channel_id": channel, "user_id": user, "bot": False}
        if kind == "games.moved":
            data |= {"starts_at": (at + timedelta(minutes=user)).isoformat()}
        yield Heard(f"{number:03}", kind, f"channel:{channel}", at, data), late


def _told(rulings):
    return [(each.event.id, each.at, each.outcome) for each in rulings]


def _stored_and_read(states: States) -> States:
    rows = [(1, WHOLE, kept.whole(steps.State(*whole))) for whole in states._wholes.values()] + [
        (1, subject, kept.room(room)) for (_, subject), room in states._rooms.items()
    ]
    return States((number, subject, json.loads(json.dumps(row))) for number, subject, row in rows)


@settings(max_examples=100, deadline=None)
@given(ASKED, MOVES)
def test_a_timer_in_time_and_one_that_is_late_send_the_same(conditions, moves):
    each = Listener(1, conditions, Joins())
    prompt, lazy = Evaluation(States()), Evaluation(States())
    told: list[Any] = []
    expected: list[Any] = []
    for event, late in _stream(moves):
        expected += _told(lazy.hear(each, event))
        if not late:
            told += _told(prompt.ripen(each, event.at))
            prompt = Evaluation(_stored_and_read(prompt.states))
        told += _told(prompt.hear(each, event))
    told += _told(prompt.ripen(each, LAST))
    expected += _told(lazy.ripen(each, LAST))

    assert told == expected
