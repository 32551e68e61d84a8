"""Whatever events say, and in whichever order: the rules answer, and keep what can be stored."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rallypoint.features.conditions.rules import kept, steps
from rallypoint.features.conditions.rules.asked import Conditions
from rallypoint.features.conditions.rules.heard import Heard

from .conftest import NOON

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    3,
    4,
    -1,
    2**70,
    1.5,
    float("nan"),
    "",
    "2",
    [],
    [1],
    {"1": 1},
)
TIMES = (
    "2026-05-01T12:20:00+00:00",
    "2026-05-01T12:20:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-99-01",
)
KEYS = ("guild_id", "channel_id", "user_id", "member_id", "owner_id", "bot", "starts_at")
DATA = st.dictionaries(
    st.sampled_from(KEYS), st.sampled_from((*ODD, *TIMES)), max_size=7
) | st.builds(
    lambda user, bot: {"guild_id": 1, "channel_id": 1, "user_id": user, "bot": bot},
    st.integers(1, 4),
    st.booleans(),
)
KINDS = st.sampled_from(["presence.joined", "presence.left", "presence.emptied", "games.moved"])
SUBJECTS = st.sampled_from(["channel:1", "channel:2", "", "game:1"])
MOMENTS = st.integers(-7200, 7200).map(lambda seconds: NOON + timedelta(seconds=seconds))
ANY = st.builds(Heard, st.sampled_from("abcdefgh"), KINDS, SUBJECTS, MOMENTS, DATA, st.booleans())
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "occupancy": st.fixed_dictionaries(
            {"at_least": st.integers(2, 3), "for_seconds": st.sampled_from([0, 60, 3600])}
        ),
        "quiet_hours": st.just({"start": "11:30", "end": "12:30", "zone": "Europe/Berlin"}),
        "most_per_hour": st.integers(1, 3),
        "roles": st.just(["5"]),
        "members": st.sampled_from(["people", "bots", "everybody"]),
        "game_start": st.just({"within_minutes": 30}),
    },
).map(Conditions.model_validate) | st.just(Conditions(first_joiner=True))


@settings(max_examples=100, deadline=None)
@given(ASKED, st.lists(ANY, max_size=12), st.booleans())
def test_there_is_an_answer_to_everything_and_it_can_be_stored(conditions, events, wanted):
    state = steps.State()
    for event in events:
        steps.concerns(conditions, event, wanted=wanted, here=True)
        done = steps.step(conditions, state, event, wanted=wanted)
        state = done.state
        sent, starts = kept.read_whole(_stored(kept.whole(state)))
        room = kept.read_room(_stored(kept.room(state.room)))

        assert _same(steps.State(sent, starts, room), state)
        assert not any(each.event.fleeting for each in done.rulings)
        assert all(wanted for _ in done.rulings)


@settings(max_examples=100, deadline=None)
@given(ASKED, st.lists(ANY, max_size=12))
def test_what_does_not_concern_them_changes_nothing(conditions, events):
    """For then nothing is read, and nothing written."""
    state = steps.State()
    for number, event in enumerate(events):
        wanted = event.kind == "presence.joined" and number % 3 != 0
        if steps.concerns(conditions, event, wanted=wanted, here=True):
            state = steps.step(conditions, state, event, wanted=wanted).state
        elif state.room.held is None:
            assert steps.step(conditions, state, event, wanted=wanted) == steps.Step(state)


def _stored(value):
    return json.loads(json.dumps(value))


def _same(one, other):
    """NaN is not itself."""
    return repr(one) == repr(other)


JOINS = st.tuples(st.booleans(), st.integers(1, 4), st.integers(0, 90))


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 3), st.sampled_from([0, 60]), st.lists(JOINS, max_size=30))
def test_enough_for_long_enough_by_a_second_opinion(at_least, lasting, moves):
    """Second by second: since when are so many there? Sent is at the moment at which that is long enough."""
    wanted = {"at_least": at_least, "for_seconds": lasting}
    conditions = Conditions.model_validate({"occupancy": wanted})
    state, fired, second = steps.State(), [], 0
    stream = []
    for number, (comes, user, wait) in enumerate(moves):
        second += wait
        kind = "presence.joined" if comes else "presence.left"
        data = {"guild_id": 1, "channel_id": 1, "user_id": user, "bot": False}
        stream.append((second, Heard(str(number), kind, "channel:1", _at(second), data)))
    for _, event in stream:
        done = steps.step(conditions, state, event, wanted=event.kind == "presence.joined")
        state = done.state
        fired += [(each.event.id, each.at) for each in done.rulings if each.outcome == "sent"]
    last = steps.tick(conditions, state, _at(second + 3600)).rulings
    fired += [(each.event.id, each.at) for each in last if each.outcome == "sent"]

    assert fired == _second_opinion(stream, at_least, lasting)


def _second_opinion(stream, at_least, lasting):
    there: set[int] = set()
    runs, began = [], None
    for second, event in stream:
        member = {event.data["user_id"]}
        there = there | member if event.kind == "presence.joined" else there - member
        if len(there) >= at_least and began is None:
            began = (second, event.id)
        elif len(there) < at_least and began is not None:
            runs.append((began, second))
            began = None
    if began is not None:
        runs.append((began, 10**9))
    return [
        (event_id, _at(start + lasting))
        for (start, event_id), end in runs
        if end - start >= lasting
    ]


def _at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)
