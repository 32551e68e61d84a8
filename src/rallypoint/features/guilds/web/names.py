"""What ids stand for, where an entry has noted them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rallypoint.features.guilds.model import AuditEntry
from rallypoint.features.guilds.service import audit
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.ports import GuildLook

_ID = re.compile(r"(?<!\d)(\d{15,20})(?!\d)")
LARGEST = (1 << 63) - 1
DESTINATION = "destination"
"""A fact of that name is the number of one."""


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    id: str = ""
    """Of what *text* is the name of."""


@dataclass(frozen=True, slots=True)
class Names:
    of_discord: Mapping[str, str]
    """By id: of channels, roles and people."""
    destinations: Mapping[int, str]

    def spelled(self, said: object, fact: str = "") -> Iterator[Part]:
        """*said*, with names in place of ids that are known."""
        if fact == DESTINATION and isinstance(said, int) and said in self.destinations:
            yield Part(self.destinations[said], str(said))
            return
        for each in _ID.split(str(said)):
            if each in self.of_discord:
                yield Part(self.of_discord[each], each)
            elif each:
                yield Part(each)


async def names_for(
    entries: Sequence[AuditEntry], parts: Parts, guild_id: GuildId, look: GuildLook | None
) -> Names:
    """As things are called there now, and people as they were called last. *look* is None: the server is in an
    outage."""
    there = _there(look)
    noted = {each for entry in entries for each in _ids(entry)} - there.keys()
    people = {UserId(int(each)) for each in noted if int(each) <= LARGEST}
    found = parts.discord.member_names(guild_id, people)
    destinations = {each for entry in entries for each in _destinations(entry)}
    keeper = parts.answers.get(audit.Destinations)
    named: Mapping[int, str] = {}
    async with parts.sessions() as session:
        if missing := people - found.keys():
            found |= await audit.last_names(session, guild_id, missing)
        if destinations and keeper is not None:
            named = await keeper.names(session, guild_id, destinations)
    return Names({**{str(each): name for each, name in found.items()}, **there}, named)


def _there(look: GuildLook | None) -> Mapping[str, str]:
    if look is None:
        return {}
    channels = {str(each.id): each.name for each in look.channels}
    return channels | {str(each.id): f"@{each.name}" for each in look.roles}


def _ids(entry: AuditEntry) -> Iterator[str]:
    for said in (entry.subject, entry.before, entry.after):
        yield from _ID.findall(str(said))


def _destinations(entry: AuditEntry) -> Iterator[int]:
    for told in (entry.before, entry.after):
        number = (told or {}).get(DESTINATION)
        if isinstance(number, int):
            yield number
