"""Which events are wanted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel.errors import Refused

KNOWN = ["presence.joined", "presence.left", "rooms.opened"]


@pytest.mark.parametrize(
    ("patterns", "kind", "fits"),
    [
        (["presence.joined"], "presence.joined", True),
        (["presence.joined"], "presence.joined2", False),
        (["presence.joined"], "xpresence.joined", False),
        (["presence.joined"], "presencexjoined", False),
        (["presence.*"], "presence.joined", True),
        (["presence.*"], "presence.", True),
        (["presence.*"], "presence", False),
        (["*.opened", "presence.left"], "rooms.opened", True),
        (["*.opened", "presence.left"], "presence.left", True),
        (["*.opened", "presence.left"], "presence.leftopened", False),
        (["*"], "rooms.opened", True),
        ([], "rooms.opened", False),
    ],
)
def test_a_star_stands_for_anything_and_a_dot_for_itself(patterns, kind, fits):
    assert matching.fits(patterns, kind) is fits


@settings(deadline=None)
@given(st.text("ab.*", max_size=12), st.text("ab.", max_size=12))
def test_patterns_by_a_second_opinion(pattern, kind):
    def fits(pattern: str, kind: str) -> bool:
        if not pattern:
            return not kind
        if pattern[0] == "*":
            return fits(pattern[1:], kind) or bool(kind and fits(pattern, kind[1:]))
        return bool(kind) and kind[0] == pattern[0] and fits(pattern[1:], kind[1:])

    assert matching.fits([pattern], kind) is fits(pattern, kind)


def test_many_stars_are_no_slower_than_one():
    """Each alone would try every place: this would not end."""
    assert not matching.fits(["*" * 60 + "a"], "b" * 100)


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ([], "event_kinds_count"),
        (["presence.joined"] * 21, "event_kinds_count"),
        (["Presence"], "event_kind_invalid"),
        (["presence joined"], "event_kind_invalid"),
        (["presence.joined\n"], "event_kind_invalid"),
        (["p*" + "*" * 99], "event_kind_invalid"),
        (["presence.jumped"], "event_kind_unknown"),
        (["rooms.*", "nothing.*"], "event_kind_unknown"),
    ],
)
def test_kinds_that_are_none_are_refused(kinds, code):
    with pytest.raises(Refused, match=code):
        matching.check_kinds(kinds, KNOWN)


def test_as_many_kinds_as_may_be_and_as_long():
    matching.check_kinds(["presence.joined"] * 20, KNOWN)
    matching.check_kinds(["*" * 100], KNOWN)


@pytest.mark.parametrize(
    ("subjects", "code"),
    [
        ([], "event_subjects_count"),
        (["channel:1"] * 51, "event_subjects_count"),
        (["channel"], "event_subject_invalid"),
        (["channel:"], "event_subject_invalid"),
        (["channel:1 2"], "event_subject_invalid"),
        (["channel:" + "1" * 93], "event_subject_invalid"),
    ],
)
def test_subjects_that_are_none_are_refused(subjects, code):
    with pytest.raises(Refused, match=code):
        matching.check_subjects(subjects)


def test_as_many_subjects_as_may_be_and_as_long():
    matching.check_subjects(["channel:1"] * 50)
    matching.check_subjects(["channel:" + "1" * 92])


@pytest.mark.parametrize(
    ("subjects", "subject", "is_about"),
    [
        (None, "channel:1", True),
        (["channel:1", "game:2"], "game:2", True),
        (["channel:1"], "channel:12", False),
        ([], "channel:1", False),
    ],
)
def test_of_what_it_is(subjects, subject, is_about):
    assert matching.is_about(subjects, subject) is is_about
