"""What ids of Discord's stand for, where an entry has noted them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rallypoint.kernel.ports import GuildLook

_ID = re.compile(r"(?<!\d)(\d{15,20})(?!\d)")


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    id: str = ""
    """Of what *text* is the name of."""


def names_of(look: GuildLook | None) -> Mapping[str, str]:
    """By id, of what is there now. None: the server is in an outage."""
    if look is None:
        return {}
    channels = {str(each.id): each.name for each in look.channels}
    return channels | {str(each.id): f"@{each.name}" for each in look.roles}


def spelled(said: object, names: Mapping[str, str]) -> Iterator[Part]:
    """*said*, with names in place of ids that are known."""
    for each in _ID.split(str(said)):
        if each in names:
            yield Part(names[each], each)
        elif each:
            yield Part(each)
