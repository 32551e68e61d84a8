"""What a room may be called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rallypoint.kernel.errors import Refused

LONGEST_NAME = 100
"""Discord's bound on a channel name, in characters."""


@dataclass(frozen=True, slots=True)
class NameRules:
    """Of a guild."""

    longest: int = LONGEST_NAME
    forbidden: Sequence[str] = ()
    """Words that may not stand in a name, in whatever case and with whatever accents."""


def clean(name: str, rules: NameRules = NameRules()) -> str:  # frozen
    """One line of printable text; raise Refused if nothing is left, too much, or a word that is not wanted."""
    printable = "".join(
        " " if each.isspace() else each
        for each in name
        if each.isspace() or unicodedata.category(each)[0] != "C"
    )
    cleaned = " ".join(printable.split())
    if not cleaned:
        raise Refused("room_name_empty")
    if len(cleaned) > rules.longest:
        raise Refused("room_name_long", most=rules.longest, length=len(cleaned))
    plain = _plain(cleaned)
    if any(re.search(rf"\b{re.escape(_plain(word))}\b", plain) for word in rules.forbidden):
        raise Refused("room_name_forbidden")
    return cleaned


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))
