from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from rallypoint.features.guilds import rules
from rallypoint.kernel.durations import Duration
from rallypoint.kernel.errors import NotFound, Refused


class Tea(BaseModel):
    steep: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=1))] = Field(
        default=timedelta(minutes=3), description="How long"
    )
    sugar: int = Field(default=1, ge=0, le=9)


MODELS = {"tea": Tea}


def origin_and_value(layers, key="tea.sugar"):
    shown = {each.key: each for each in rules.resolve(MODELS, layers)}
    return shown[key].origin, shown[key].value


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({}, ("default", 1)),
        ({"program": {"tea.sugar": 2}}, ("program", 2)),
        ({"program": {"tea.sugar": 2}, "guild": {"tea.sugar": 3}}, ("guild", 3)),
        ({"guild": {"tea.sugar": 3}, "channel": {"tea.sugar": 0}}, ("channel", 0)),
        ({"guild": {"tea.steep": 5.0}}, ("default", 1)),
    ],
    ids=["nothing set", "program", "guild over program", "channel over guild", "another key"],
)
def test_the_nearest_level_wins(layers, expected):
    assert origin_and_value(layers) == expected


@pytest.mark.parametrize("key", ["tea.suger", "tea", "sugar", "coffee.sugar", "tea.steep.x", ""])
def test_an_unknown_key_is_refused_with_the_nearest_one(key):
    with pytest.raises(NotFound) as refusal:
        rules.check_known(MODELS, key)

    assert str(refusal.value.facts["nearest"]).startswith("tea.")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [("steep", "4m", 240.0), ("steep", "90", 90.0), ("steep", "1h", 3600.0), ("sugar", "9", 9)],
)
def test_a_value_is_stored_in_its_json_shape(field, text, value):
    assert rules.check_value(Tea, field, text, key=f"tea.{field}") == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("steep", "61m"),
        ("steep", "soon"),
        ("steep", "-5"),
        ("steep", ""),
        ("sugar", "10"),
        ("sugar", "x"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_the_reason(field, text):
    with pytest.raises(Refused) as refusal:
        rules.check_value(Tea, field, text, key=f"tea.{field}")

    assert refusal.value.code == "setting_invalid"
    assert refusal.value.facts["reason"]
