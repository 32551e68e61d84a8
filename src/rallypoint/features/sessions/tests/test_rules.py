from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.sessions import texts
from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules import lanes, rooms, states
from rallypoint.features.sessions.rules.states import Reason, Seen, State
from rallypoint.kernel.errors import Conflict, Refused
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Permission

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
IN, OUT = Seen(member=True, guests=False), Seen(member=False, guests=False)
GUESTS = Seen(member=False, guests=True)


@dataclass
class Life:
    id: int = 1
    guild_id: int = 1
    lane: str = "gpu"
    state: str = State.REQUESTED
    slot: int | None = None
    deadline_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None


def waiting(**more):
    return Life(state=State.WAITING, slot=0, deadline_at=NOON, **more)


@pytest.mark.parametrize(
    ("seen", "at", "verdict"),
    [
        (OUT, NOON - SECOND / 10, None),
        (OUT, NOON, Reason.TIMEOUT),
        (IN, NOON - SECOND / 20, State.RUNNING),
        (IN, NOON + SECOND, State.RUNNING),
        (GUESTS, NOON, Reason.TIMEOUT),
    ],
)
def test_who_is_in_at_the_deadline_is_in_time(seen, at, verdict):
    assert states.judge(waiting(), seen, now=at, outlives_member=True) == verdict


@pytest.mark.parametrize(
    ("seen", "outlives", "verdict"),
    [
        (IN, False, None),
        (OUT, False, Reason.LEFT),
        (GUESTS, False, Reason.LEFT),
        (GUESTS, True, None),
        (OUT, True, Reason.LEFT),
    ],
)
def test_a_session_outlives_its_member_only_with_guests_and_leave(seen, outlives, verdict):
    running = Life(state=State.RUNNING, slot=0)

    assert states.judge(running, seen, now=NOON, outlives_member=outlives) == verdict


@pytest.mark.parametrize("state", [State.REQUESTED, State.OPENING, State.ENDING, State.ENDED])
def test_a_look_into_the_room_decides_nothing_else(state):
    life = Life(state=state, deadline_at=NOON)

    assert states.judge(life, OUT, now=NOON, outlives_member=False) is None


def test_the_first_reason_counts():
    life = waiting()

    assert states.begin_end(life, Reason.LEFT)
    assert not states.begin_end(life, Reason.GONE)
    assert not states.cancel(life, Reason.CANCELLED, NOON)
    assert states.finish(life, NOON)
    assert not states.finish(life, NOON + SECOND)
    assert (life.state, life.reason, life.ended_at, life.slot) == (
        State.ENDED,
        Reason.LEFT,
        NOON,
        None,
    )


def test_one_that_ended_on_the_way_is_not_waited_for():
    life = Life(state=State.ENDING)

    assert not states.await_member(life, NOON)
    assert life.state == State.ENDING


def test_an_end_is_never_before_its_start():
    life = Life(state=State.ENDING, started_at=NOON)
    states.finish(life, NOON - SECOND)

    assert life.ended_at == NOON


def queue(*lives):
    return [Life(id=number, **given) for number, given in enumerate(lives, 1)]


def chosen(active, capacities):
    return [(each.id, slot) for each, slot in lanes.turns(active, capacities)]


SEATED = {"state": State.RUNNING, "slot": 0}


@pytest.mark.parametrize(
    ("lives", "capacities", "expected"),
    [
        ([{}, {"guild_id": 2}], {"gpu": 1}, [(1, 0)]),
        ([SEATED, {"guild_id": 2}], {"gpu": 1}, []),
        ([SEATED, {"guild_id": 2}], {"gpu": 2}, [(2, 1)]),
        ([SEATED | {"slot": 1}, {"guild_id": 2}], {"gpu": 2}, [(2, 0)]),
        ([SEATED | {"slot": 1}, {"guild_id": 2}], {"gpu": 1}, []),
        ([SEATED, {}, {"guild_id": 2}], {"gpu": 2}, [(3, 1)]),
        ([{}, {"lane": "cpu"}], {"gpu": 1, "cpu": 1}, [(1, 0)]),
        ([{"lane": "cpu"}, {"guild_id": 2}], {"gpu": 1}, [(2, 0)]),
        ([{"state": State.ENDING, "slot": None}, {}], {"gpu": 1}, [(2, 0)]),
    ],
    ids=[
        "the first goes on",
        "a lane that is full",
        "room for two",
        "a slot that was freed",
        "a lane that was made narrower",
        "one voice connection a guild",
        "whatever the lane",
        "a lane that is gone",
        "a room that may not be deleted holds no lane",
    ],
)
def test_whose_turn_it_is(lives, capacities, expected):
    assert chosen(queue(*lives), capacities) == expected


def test_the_place_counts_those_before_in_the_same_lane():
    active = queue(SEATED, {}, {"lane": "cpu"}, {})

    assert [lanes.place(active, each) for each in active[1:]] == [1, 1, 2]


def test_a_queue_has_an_end():
    lanes.check_room(queue(*[{}] * (lanes.MOST_WAITING - 1)), "gpu")
    with pytest.raises(Conflict, match="lane_full"):
        lanes.check_room(queue(*[{}] * lanes.MOST_WAITING), "gpu")


def test_without_a_lane_the_first_one_is_meant():
    assert lanes.check_lane(None, {"gpu": 1, "cpu": 4}) == "gpu"
    with pytest.raises(Refused, match="lane_unknown"):
        lanes.check_lane("tpu", {"gpu": 1})


def test_a_room_is_for_its_member_alone():
    everyone, member = rooms.overwrites(GuildId(7), UserId(8))

    assert (everyone.target_id, everyone.target, everyone.allow) == (7, "role", Permission.NONE)
    assert Permission.VIEW_CHANNEL in everyone.deny
    assert (member.target_id, member.target, member.deny) == (8, "member", Permission.NONE)
    assert len(rooms.name_of("x" * 200)) == rooms.LONGEST_NAME


@pytest.mark.parametrize("reason", Reason)
def test_every_end_has_words(reason):
    told = VoiceSession(state=State.ENDED, reason=reason.value, join_seconds=60.0, lane="gpu")

    assert texts.status(told, place=1, until=NOON).lines == (texts.ENDS[reason],)
    assert texts.reason_closed(reason).startswith("The session is over")
