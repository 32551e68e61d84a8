"""From the environment, `.env` and secrets' files to settings; whatever is wrong is named, one line a key."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import ValidationError

from rallypoint.kernel.errors import CannotStart

from . import dbot
from .keys import PREFIX, Settings
from .types import Accepts

TEST_PREFIX = "RALLYPOINT_TEST_"
"""The environment may hold what only the tests read; a configuration file may not."""


class SettingsInvalid(CannotStart):
    """Every problem there is, one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


FIELDS = {PREFIX + name.upper(): name for name in Settings.model_fields}
SECRETS = {key: name for key, name in FIELDS.items() if name in Settings.secret_fields()}


def _say(line: str) -> None:
    print(f"rallypoint: {line}", file=sys.stderr)


def load(
    *,
    env_file: Path | None = Path(".env"),
    say: Callable[[str], None] = _say,
    **given: Any,
) -> Settings:
    """*given* (a command's options; None is as good as absent) wins over all else. Raise SettingsInvalid.

    *say* is told, a line each, what to write otherwise.
    """
    given = {name: value for name, value in given.items() if value is not None}
    places = dict(_environment(os.environ))
    if env_file is not None and env_file.exists():
        lines, problems = _file(env_file)
        places = lines | places
    else:
        problems = []
    places, old = _without_dbots(places, say)
    problems += [unknown(key, place) for key, place in places.items() if not _is_known(key, place)]
    read, unread = _secret_files(places)
    problems += unread
    if problems:
        raise SettingsInvalid(*problems)
    try:
        return Settings(_env_file=env_file, **{**old, **read, **given})
    except ValidationError as error:
        raise SettingsInvalid(*_said(error, places)) from None


@dataclass(frozen=True, slots=True)
class _Place:
    value: str
    words: str
    in_file: bool


def _environment(environ: Mapping[str, str]) -> Iterator[tuple[str, _Place]]:
    for key, value in environ.items():
        if key.upper().startswith((PREFIX, dbot.PREFIX)):
            yield key.upper(), _Place(value, "in the environment", in_file=False)


def _file(path: Path) -> tuple[dict[str, _Place], list[str]]:
    found, problems = {}, []
    try:
        with path.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} cannot be read ({error}); mend it or move it away") from None
    for binding in bindings:
        # The parser counts from the empty lines before it.
        text = binding.original.string
        skipped = text[: len(text) - len(text.lstrip())].count("\n")
        at = f"{path} line {binding.original.line + skipped}"
        if binding.error:
            problems.append(f"{at} cannot be read; write KEY=value, or # before a remark")
        elif binding.key and binding.key.upper().startswith((PREFIX, dbot.PREFIX)):
            found[binding.key.upper()] = _Place(binding.value or "", at, in_file=True)
    return found, problems


def _without_dbots(
    places: Mapping[str, _Place], say: Callable[[str], None]
) -> tuple[dict[str, _Place], dict[str, str]]:
    """The places of our own keys; and field → what dbot's key says, where ours is not set."""
    ours = {key: place for key, place in places.items() if not key.startswith(dbot.PREFIX)}
    set_here = {key.removesuffix("_FILE") for key, place in ours.items() if place.value}
    read: dict[str, str] = {}
    for old in dbot.translated({key: place.value for key, place in places.items()}, prefix=PREFIX):
        if old.ours in set_here:
            continue
        say(old.words)
        if old.ours is not None and old.value is not None:
            place = places[old.key]
            ours[old.ours] = replace(place, value=old.value, words=f"by {old.key} {place.words}")
            read[FIELDS[old.ours]] = old.value
    return ours, read


def _is_known(key: str, place: _Place) -> bool:
    if not place.in_file and key.startswith(TEST_PREFIX):
        return True
    return key in FIELDS or key.removesuffix("_FILE") in SECRETS


def unknown(key: str, place: _Place) -> str:
    names = [*FIELDS, *(f"{key}_FILE" for key in SECRETS)]
    nearest = difflib.get_close_matches(key, names, n=1, cutoff=0.0)[0]
    return f"there is no setting {key} ({place.words}); did you mean {nearest}?"


def _secret_files(places: Mapping[str, _Place]) -> tuple[dict[str, str], list[str]]:
    """Field → what its file holds; and what is wrong with the files."""
    read, problems = {}, []
    for key, name in SECRETS.items():
        place = places.get(f"{key}_FILE")
        if place is None or not place.value:
            continue
        if key in places and places[key].value:
            problems.append(
                f"{key} ({places[key].words}) and {key}_FILE ({place.words}) are both set; keep one"
            )
            continue
        try:
            read[name] = Path(place.value).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            problems.append(
                f"{key}_FILE is {place.value!r} ({place.words}), which cannot be read"
                f" ({reason}); name a file this program may read"
            )
            continue
        if not read[name]:
            problems.append(f"{key}_FILE is {place.value!r} ({place.words}), which is empty")
    return read, problems


def _said(error: ValidationError, places: Mapping[str, _Place]) -> Iterable[str]:
    """One line a field: which, what was given (never for secrets), what is accepted."""
    for name in dict.fromkeys(str(each["loc"][0]) for each in error.errors()):
        key = PREFIX + name.upper()
        place = places.get(key)
        shown = "not usable" if key in SECRETS else repr(place.value) if place else "not usable"
        where = f" ({place.words})" if place else ""
        metadata = Settings.model_fields[name].metadata
        accepted = next(each.words for each in metadata if isinstance(each, Accepts))
        yield f"{key} is {shown}{where}; it takes {accepted}"
