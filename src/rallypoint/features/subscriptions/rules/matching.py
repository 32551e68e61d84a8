"""Whether an event is wanted. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rallypoint.kernel.errors import Refused

MOST_KINDS = 20
MOST_SUBJECTS = 50
LONGEST = 100
PATTERN = re.compile(r"[a-z0-9_.*]+")
SUBJECT = re.compile(r"[a-z_]+:[^\s]+")


def check_kinds(kinds: Sequence[str], known: Sequence[str]) -> None:
    """Raise Refused for none, for too many, or for a pattern that none of *known* fits."""
    if not kinds or len(kinds) > MOST_KINDS:
        raise Refused("event_kinds_count", most=MOST_KINDS)
    for kind in kinds:
        if len(kind) > LONGEST or not PATTERN.fullmatch(kind):
            raise Refused("event_kind_invalid", kind=kind[:LONGEST])
        if not any(fits([kind], each) for each in known):
            raise Refused("event_kind_unknown", kind=kind)


def check_subjects(subjects: Sequence[str]) -> None:
    if not subjects or len(subjects) > MOST_SUBJECTS:
        raise Refused("event_subjects_count", most=MOST_SUBJECTS)
    for subject in subjects:
        if len(subject) > LONGEST or not SUBJECT.fullmatch(subject):
            raise Refused("event_subject_invalid", subject=subject[:LONGEST])


def fits(patterns: Sequence[str], kind: str) -> bool:
    return _pattern(tuple(patterns)).fullmatch(kind) is not None


def is_about(subjects: Sequence[str] | None, subject: str) -> bool:
    return subjects is None or subject in subjects


@lru_cache(maxsize=4096)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # Runs of stars are one: several in a row would make the match slow, and say no more.
    alternatives = (".*".join(map(re.escape, re.split(r"\*+", pattern))) for pattern in patterns)
    return re.compile("|".join(alternatives))
