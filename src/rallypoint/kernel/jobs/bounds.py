"""What a schedule may say: each check raises Refused, with what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from rallypoint.kernel.durations import words
from rallypoint.kernel.errors import Refused

from .kinds import Job

MOST_ATTEMPTS = 20
LONGEST_TIMEOUT = timedelta(hours=1)
LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1000

Kinds = Mapping[str, Job]


def check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Refused("schedule_name_invalid", most=LONGEST_NAME)


def check_description(description: str) -> None:
    if len(description) > LONGEST_DESCRIPTION:
        raise Refused("schedule_description_long", most=LONGEST_DESCRIPTION)


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
                "config_invalid", field=next(iter(config)), why="there is no such setting"
            )
        return {}
    try:
        return job.config.model_validate(dict(config)).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused("config_invalid", field=where, why=first["msg"]) from None
