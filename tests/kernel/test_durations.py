from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rallypoint.kernel import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("10s", 10),
        ("10 S", 10),
        ("5m", 300),
        ("5 min", 300),
        ("1h 30m", 5400),
        ("1d2h", 93600),
    ],
)
def test_people_write_durations_in_many_ways(text, seconds):
    assert durations.parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", " ", "soon", "-5", "5 parsecs", "5m soon", "m", "1.5h", "٣"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write it like"):
        durations.parse(text)


@given(st.integers(min_value=0, max_value=10**8))
def test_what_is_said_can_be_read_back(seconds):
    duration = timedelta(seconds=seconds)

    assert durations.parse(durations.words(duration)) == duration
