"""What pydantic has against a value, in words of ours. Each is the end of a sentence, or stands at its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from . import durations
from .words import Words

MISFITS: Mapping[str, str] = {
    "bool_parsing": "it is yes or no",
    "bool_type": "it is yes or no",
    "datetime_from_date_parsing": "it is no day with a time",
    "datetime_object_invalid": "it is no day with a time",
    "datetime_parsing": "it is no day with a time",
    "datetime_type": "it is no day with a time",
    "dict_type": "it is no list of names with their values",
    "enum": "choose one of {expected}",
    "extra_forbidden": "there is no such field",
    "finite_number": "write a number",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "int_from_float": "write a whole number",
    "int_parsing": "write a whole number",
    "int_parsing_size": "that number is too large",
    "int_type": "write a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "list_type": "it is no list",
    "literal_error": "choose one of {expected}",
    "mapping_type": "it is no list of names with their values",
    "missing": "it is needed",
    "model_attributes_type": "it is no list of names with their values",
    "model_type": "it is no list of names with their values",
    "none_required": "it is left empty",
    "string_pattern_mismatch": "it is not written as it has to be",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "string_type": "it is no text",
    "string_unicode": "it is no text",
    "time_delta_parsing": "it is not a duration",
    "time_delta_type": "it is not a duration",
    "timezone_aware": "write a moment with its zone, such as 2030-01-31T20:00:00Z",
    "too_long": "at most {max_length}",
    "too_short": "at least {min_length}",
    "tuple_type": "it is no list",
    "union_tag_invalid": "{discriminator} is one of {expected_tags}",
    "union_tag_not_found": "{discriminator} is needed",
}
"""By pydantic's type of error (https://docs.pydantic.dev/latest/errors/validation_errors)."""
_LENGTH = re.compile(
    r"datetime\.timedelta\((?:0|(?:days=(?P<days>\d+))?(?:, )?(?:seconds=(?P<seconds>\d+))?)\)"
)
"""As pydantic tells a length of time."""
NEEDED = Words("it is needed")


def first(error: ValidationError) -> tuple[str, Words]:
    """Where the first thing is that does not fit, such as `lanes.0`, and what it is."""
    told = error.errors(include_url=False)[0]
    return ".".join(map(str, told["loc"])), misfit(told)


def misfit(told: ErrorDetails) -> Words:
    """What a validator of ours has raised it says itself."""
    kind, facts = told["type"], told.get("ctx", {})
    if kind == "value_error" and facts["error"].args:
        said = facts["error"].args[0]
        return said if isinstance(said, Words) else Words(str(said))
    if kind == "string_too_short" and facts["min_length"] == 1:
        return NEEDED
    text = MISFITS.get(kind)
    if text is None:
        theirs = told["msg"]
        return Words(theirs)
    return Words(text, **{name: _shown(each) for name, each in facts.items()})


def _shown(fact: object) -> object:
    if not isinstance(fact, str):
        return fact
    if length := _LENGTH.fullmatch(fact):
        parts = {name: int(count) for name, count in length.groupdict().items() if count}
        return durations.words(timedelta(**parts))
    return fact.replace(" or ", ", ")
