"""Application commands as the application registers them."""

from __future__ import annotations

from dataclasses import replace

from fakecord.entities import Command, Json
from fakecord.step import Step

DEFAULTS: Json = {
    "description": "",
    "name_localizations": None,
    "description_localizations": None,
    "options": [],
    "default_member_permissions": None,
    "dm_permission": True,
    "contexts": None,
    "integration_types": [0],
    "nsfw": False,
}


def put(step: Step, guild_id: str | None, definition: Json) -> Command:
    """Create, or replace the command of the same name and type: it keeps its id."""
    given = {key: value for key, value in definition.items() if value is not None}
    kind, name = int(given.pop("type", 1)), given.pop("name")
    known = find(step, guild_id, kind, name)
    command = Command(
        id=known.id if known else step.new_id(),
        guild_id=guild_id,
        version=step.new_id(),
        name=name,
        type=kind,
        definition=DEFAULTS | given,
    )
    step.put(command)
    return command


def replace_all(step: Step, guild_id: str | None, definitions: list[Json]) -> list[Command]:
    kept = [put(step, guild_id, definition) for definition in definitions]
    ids = {command.id for command in kept}
    for command in step.world.commands_for(guild_id):
        if command.id not in ids:
            step.remove(command)
    return kept


def edit(step: Step, command: Command, given: Json) -> Command:
    name = given.pop("name", command.name)
    changed = replace(
        command, name=name, version=step.new_id(), definition=command.definition | given
    )
    step.put(changed)
    return changed


def find(step: Step, guild_id: str | None, kind: int, name: str) -> Command | None:
    return next(
        (c for c in step.world.commands_for(guild_id) if c.type == kind and c.name == name), None
    )
