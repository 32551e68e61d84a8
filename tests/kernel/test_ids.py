from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rallypoint.kernel import ids

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))


def read(ulid):
    """By the specification: 48 bits of milliseconds, 80 of chance, five bits a character."""
    value = 0
    for character in ulid:
        value = value * 32 + DIGITS.index(character)
    return value >> 80, value & (1 << 80) - 1


@given(MOMENTS)
def test_a_ulid_says_its_millisecond(moment):
    made = ids.ulid(moment)

    assert len(made) == 26
    assert read(made)[0] == int(moment.timestamp() * 1000)


@given(MOMENTS)
def test_ulids_sort_by_time(moment):
    assert ids.ulid(moment) < ids.ulid(moment + timedelta(milliseconds=2))


def test_no_two_are_the_same():
    now = datetime(2030, 1, 1, tzinfo=UTC)
    made = {ids.ulid(now) for _ in range(10_000)}

    assert len(made) == 10_000
    assert len({read(each)[1] & 0xFFFF for each in made}) > 5_000
