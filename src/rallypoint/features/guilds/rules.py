"""Which value counts, and which may be set. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from rallypoint.kernel import misfits
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.people import Actor, Permission, Role
from rallypoint.kernel.words import Words

Models = Mapping[str, type[BaseModel]]
"""Feature name → its settings. The key of a field is `<feature>.<field>`."""

Origin = Literal["default", "program", "guild", "channel"]
ORIGINS: tuple[Origin, ...] = ("program", "guild", "channel")

OF_CHANNEL, OF_PROGRAM = "of_channel", "of_program"
"""What a field's `json_schema_extra` says to be set for single channels as well, or for the whole program only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as it counts in one place. The values are in their JSON shape."""

    key: str
    value: Any
    origin: Origin
    default: Any
    description: str


def role_of(actor: Actor, *, organisers: Collection[int], viewers: Collection[int]) -> Role:
    """By Manage Server, or by the roles that the guild has named."""
    if actor.may(Permission.MANAGE_GUILD):
        return Role.ADMIN
    if not actor.roles.isdisjoint(organisers):
        return Role.ORGANISER
    if not actor.roles.isdisjoint(viewers):
        return Role.VIEWER
    return Role.MEMBER


def check_known(models: Models, key: str) -> tuple[type[BaseModel], str]:
    """The model and the field of *key*; raise NotFound with the nearest name there is."""
    feature, _, name = key.partition(".")
    model = models.get(feature)
    if model is None or name not in model.model_fields:
        known = [
            f"{each}.{field}" for each, model in models.items() for field in model.model_fields
        ]
        nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        raise NotFound("setting_unknown", key=key, nearest=nearest[0] if nearest else "")
    return model, name


def keys_at(models: Models, level: Origin) -> list[str]:
    """Those that may be set there."""
    return [
        f"{feature}.{name}"
        for feature, model in models.items()
        for name in model.model_fields
        if may_be_set(model, name, level)
    ]


def may_be_set(model: type[BaseModel], field: str, level: Origin) -> bool:
    extra = model.model_fields[field].json_schema_extra
    told = extra if isinstance(extra, dict) else {}
    if level == "channel":
        return bool(told.get(OF_CHANNEL))
    return level == "program" or not told.get(OF_PROGRAM)


def check_level(model: type[BaseModel], field: str, level: Origin, *, key: str) -> None:
    """Raise Refused where it would change nothing."""
    if not may_be_set(model, field, level):
        raise Refused(
            "setting_not_of_channel" if level == "channel" else "setting_of_program", key=key
        )


def level_of(guild_id: int | None, channel_id: int | None) -> Origin:
    return "channel" if channel_id else "guild" if guild_id else "program"


def check_value(model: type[BaseModel], field: str, text: object, *, key: str) -> Any:
    """The value in its JSON shape; raise Refused with the reason if the model does not take it."""
    try:
        checked = model.model_validate({field: text})
    except ValidationError as error:
        _, reason = misfits.first(error)
        raise Refused("setting_invalid", key=key, given=text, reason=reason) from None
    return checked.model_dump(mode="json")[field]


def reason_of(refused: Refused) -> Words:
    """Of a value that `check_value` has not taken."""
    reason = refused.facts["reason"]
    assert isinstance(reason, Words)
    return reason


def given(
    feature: str, model: type[BaseModel], layers: Mapping[Origin, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """What was set of the feature's fields: the others have their defaults."""
    keys = {name: f"{feature}.{name}" for name in model.model_fields}
    found = [layers[level] for level in ORIGINS if layers.get(level)]
    return {name: layer[key] for layer in found for name, key in keys.items() if key in layer}


def resolve(models: Models, layers: Mapping[Origin, Mapping[str, Any]]) -> list[Shown]:
    """*layers*: what was set at each level; the nearest level wins."""
    shown = []
    for feature, model in models.items():
        defaults = model().model_dump(mode="json")
        for name, field in model.model_fields.items():
            key = f"{feature}.{name}"
            value = defaults[name]
            origin: Origin = "default"
            for level in ORIGINS:
                if key in layers.get(level, {}):
                    value, origin = layers[level][key], level
            shown.append(Shown(key, value, origin, defaults[name], field.description or ""))
    return shown
