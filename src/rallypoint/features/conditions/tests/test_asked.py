"""What may be asked for, and in which words it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from rallypoint.features.conditions import texts
from rallypoint.features.conditions.rules import asked
from rallypoint.kernel.errors import Refused


def joined(kind):
    return kind == "presence.joined"


def rooms(kind):
    return kind.startswith("rooms.")


QUIET = {"start": "22:00", "end": "07:00", "zone": "Europe/Berlin"}
GOOD = {
    "occupancy": {"at_least": 2, "for_seconds": 21600},
    "quiet_hours": QUIET,
    "most_per_hour": 1000,
    "roles": ["80351110224678912"],
    "members": "everybody",
    "game_start": {"within_minutes": 1440},
}


def test_what_was_asked_for_is_kept_and_nothing_else():
    assert asked.written(asked.check(GOOD, joined)) == GOOD
    assert asked.written(asked.check({"first_joiner": False, "roles": None}, rooms)) == {}


WRONG: dict[str, list[Any]] = {
    "condition_unknown": [{"ocupancy": {"at_least": 3}}, {"": 1}],
    "condition_occupancy": [
        {"occupancy": value}
        for value in (
            3,
            {},
            {"at_least": 1},
            {"at_least": 100},
            {"at_least": "3"},
            {"at_least": True},
            {"at_least": 3, "for_seconds": -1},
            {"at_least": 3, "for_seconds": 21601},
            {"at_least": 3, "for": 5},
        )
    ],
    "condition_first_joiner": [{"first_joiner": 1}],
    "condition_quiet_hours": [
        {"quiet_hours": QUIET | each}
        for each in (
            {"start": "24:00"},
            {"start": "7:00"},
            {"end": "22:00"},
            {"zone": "Mars/Olympus"},
            {"zone": "../etc/passwd"},
            {"zone": "Europe"},
            {"zone": ""},
            {"days": ["mon"]},
        )
    ],
    "condition_most_per_hour": [{"most_per_hour": each} for each in (0, 1001, 1.5, "1")],
    "condition_roles": [{"roles": each} for each in ([], "5", [5], ["x"], ["0"], ["5"] * 21)],
    "condition_members": [{"members": each} for each in ("humans", 1)],
    "condition_game_start": [
        {"game_start": each} for each in (30, {"within_minutes": 0}, {"within_minutes": 1441})
    ],
    "conditions_clash": [{"occupancy": {"at_least": 2}, "first_joiner": True}],
}


@pytest.mark.parametrize(
    ("code", "wanted"), [(code, each) for code, wrong in WRONG.items() for each in wrong]
)
def test_what_is_wrong_is_named_in_words(code, wanted):
    with pytest.raises(Refused) as refusal:
        asked.check(wanted, joined)

    assert refusal.value.code == code
    assert texts.REFUSALS[code].format_map(refusal.value.facts)


def test_a_misspelt_condition_comes_with_the_nearest():
    with pytest.raises(Refused) as refusal:
        asked.check({"quiet_hour": QUIET}, joined)

    assert refusal.value.facts == {"name": "quiet_hour", "nearest": "quiet_hours"}


@pytest.mark.parametrize("wanted", [{"occupancy": {"at_least": 2}}, {"first_joiner": True}])
def test_who_comes_in_must_be_subscribed_to_for_what_is_about_that(wanted):
    with pytest.raises(Refused, match="condition_needs_joined"):
        asked.check(wanted, rooms)
    assert asked.check(wanted, joined)
