"""What a schedule may say: each check raises Refused, with what is wrong. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from rallypoint.kernel import misfits
from rallypoint.kernel.durations import words
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.words import Words

from .kinds import Job

MOST_ATTEMPTS = 20
LONGEST_TIMEOUT = timedelta(hours=1)
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000

_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional controls: what is shown would not be what is there."""

Kinds = Mapping[str, Job]


def check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Refused("schedule_name_invalid", most=LONGEST_NAME)
    _check_plain("name", name)


def check_description(description: str) -> None:
    if len(description) > LONGEST_DESCRIPTION:
        raise Refused("schedule_description_long", most=LONGEST_DESCRIPTION)
    _check_plain("description", description.replace("\n", ""))


def check_kind(kinds: Kinds, kind: str, *, of_guild: bool) -> None:
    """What a guild may have is marked so; what the whole program may have at least says what it does."""
    job = kinds.get(kind)
    if job is None or not (job.custom or (job.words and not of_guild)):
        raise Refused("schedule_kind_unknown", kind=kind)


def check_limits(attempts: int | None, timeout: timedelta | None) -> None:
    if attempts is not None and not 1 <= attempts <= MOST_ATTEMPTS:
        raise Refused("attempts_out_of_range", most=MOST_ATTEMPTS)
    if timeout is not None and not timedelta(seconds=1) <= timeout <= LONGEST_TIMEOUT:
        raise Refused("timeout_out_of_range", longest=words(LONGEST_TIMEOUT))


def checked_config(kinds: Kinds, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """As the kind's model says it, defaults filled in."""
    job = kinds.get(kind)
    if job is None:
        raise Refused("schedule_kind_unknown", kind=kind)
    if job.config is None:
        if config:
            raise Refused(
                "config_invalid", field=next(iter(config)), why=Words("there is no such setting")
            )
        return {}
    if _has_nul(config):
        raise Refused("characters_invalid", field="config")
    try:
        return job.config.model_validate(dict(config)).model_dump(mode="json")
    except ValidationError as error:
        where, why = misfits.first(error)
        raise Refused("config_invalid", field=where, why=why) from None


def _check_plain(field: str, text: str) -> None:
    if any(c in _STEERING or unicodedata.category(c) == "Cc" for c in text):
        raise Refused("characters_invalid", field=field)


def _has_nul(value: Any) -> bool:
    """No database keeps one."""
    match value:
        case str():
            return "\0" in value
        case Mapping():
            return any(map(_has_nul, (*value.keys(), *value.values())))
        case list() | tuple():
            return any(map(_has_nul, value))
        case _:
            return False
