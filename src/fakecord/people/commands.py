"""A slash command as somebody types it: found among those registered, checked, and put into data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fakecord import permissions
from fakecord.core import Core
from fakecord.entities import Command, Json
from fakecord.people.lookup import PeopleError
from fakecord.people.options import Resolver, choices_text, value_of
from fakecord.permissions import ALL
from fakecord.world import GuildState

SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2
CHAT_INPUT = 1
NAMED = re.compile(r"(?:^|\s)([\w-]+):")


@dataclass(frozen=True, slots=True)
class Typed:
    """A command, the way down to the sub-command, and what is given to it."""

    command: Command
    path: tuple[Json, ...]
    given: dict[str, object]

    @property
    def options(self) -> list[Json]:
        leaf: Json = self.path[-1] if self.path else self.command.definition
        return leaf.get("options") or []

    @property
    def name(self) -> str:
        return " ".join(["/" + self.command.name, *(each["name"] for each in self.path)])


def parse(
    core: Core, state: GuildState, user_id: str, text: str, given: Mapping[str, object]
) -> Typed:
    """*text* is ``/room public`` or ``/room public name:x``; PeopleError if there is no such."""
    words, typed = _split(text)
    available = {each.name: each for each in allowed(core, state, user_id)}
    name = words[0] if words else ""
    if name not in available:
        raise PeopleError(_unknown(core, state, user_id, "/" + " ".join(words)))
    command, path = available[name], []
    options, rest = command.definition.get("options") or [], words[1:]
    while any(each["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP) for each in options):
        found = next((each for each in options if rest and each["name"] == rest[0]), None)
        if found is None:
            raise PeopleError(_unknown(core, state, user_id, "/" + " ".join(words)))
        path.append(found)
        options, rest = found.get("options") or [], rest[1:]
    if rest:
        known = ", ".join(each["name"] for each in options) or "none"
        raise PeopleError(
            f'"{" ".join(rest)}" is not an option; write name:value. Options: {known}'
        )
    return Typed(command, tuple(path), typed | dict(given))


def data_for(core: Core, state: GuildState, typed: Typed, focused: str | None = None) -> Json:
    """The `data` of the interaction; *focused* names the option being completed."""
    resolver = Resolver(core, state)
    known = {option["name"]: option for option in typed.options}
    for name in typed.given:
        if name not in known:
            raise PeopleError(
                f"{typed.name} has no option {name!r}; it has: {', '.join(known) or 'none'}"
            )
    options: list[Json] = []
    for name, option in known.items():
        if name in typed.given:
            options.append(_option(resolver, option, typed.given[name], focused=name == focused))
        elif option.get("required") and focused is None:
            raise PeopleError(f"{typed.name} needs the option {name!r}{choices_text(option)}")
    for step in reversed(typed.path):
        options = [{"type": step["type"], "name": step["name"], "options": options}]
    data: Json = {
        "id": typed.command.id,
        "name": typed.command.name,
        "type": typed.command.type,
        "options": options,
    }
    if typed.command.guild_id:
        data["guild_id"] = typed.command.guild_id
    return data | ({"resolved": resolver.resolved} if resolver.resolved else {})


def allowed(core: Core, state: GuildState, user_id: str) -> Iterator[Command]:
    """The slash commands this member is offered: a guild's own hide global ones of that name."""
    own = [c for c in core.world.commands_for(state.guild.id) if c.type == CHAT_INPUT]
    names = {command.name for command in own}
    everywhere = [
        command
        for command in core.world.commands_for(None)
        if command.type == CHAT_INPUT and command.name not in names
    ]
    bits = permissions.in_guild(state, state.members[user_id], core.now())
    return (command for command in (*own, *everywhere) if _offered(command, bits))


def names(command: Command) -> list[str]:
    """``["/room public", "/room settings"]``"""
    return ["/" + " ".join((command.name, *path)) for path in _paths(command.definition)]


def _offered(command: Command, bits: int) -> bool:
    needed = command.definition.get("default_member_permissions")
    if needed is None or bits == ALL:
        return True
    return int(needed) != 0 and bits & int(needed) == int(needed)


def _paths(node: Json) -> Iterator[tuple[str, ...]]:
    subs = [o for o in node.get("options") or [] if o["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP)]
    if not subs:
        yield ()
    for sub in subs:
        for path in _paths(sub):
            yield (sub["name"], *path)


def _split(text: str) -> tuple[list[str], dict[str, object]]:
    marks = list(NAMED.finditer(text))
    head = text[: marks[0].start()] if marks else text
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    given: dict[str, object] = {
        mark.group(1): text[mark.end() : end].strip()
        for mark, end in zip(marks, ends, strict=False)
    }
    return head.strip().removeprefix("/").split(), given


def _option(resolver: Resolver, option: Json, value: object, *, focused: bool) -> Json:
    sent: Json = {"type": option["type"], "name": option["name"]}
    if focused:
        return sent | {"value": str(value), "focused": True}
    return sent | {"value": value_of(resolver, option, value)}


def _unknown(core: Core, state: GuildState, user_id: str, asked: str) -> str:
    known = sorted(name for command in allowed(core, state, user_id) for name in names(command))
    who = core.world.users[user_id].username
    return f"{who} has no command {asked}; there are: {', '.join(known) or 'none'}"
