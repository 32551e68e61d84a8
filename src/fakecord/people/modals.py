"""Filling in a modal, as Discord's own client lets somebody do it."""

from __future__ import annotations

from collections.abc import Mapping

from fakecord.core import Core
from fakecord.entities import Json
from fakecord.people.controls import listed, offered, value_of
from fakecord.people.lookup import PeopleError
from fakecord.people.options import Resolver
from fakecord.rest.components import Kind, walk
from fakecord.world import GuildState


def fill(core: Core, state: GuildState, modal: Json, given: Mapping[str, object]) -> Json:
    """The `data` of a modal's submission; fields are named by label or custom_id."""
    left = dict(given)
    resolver = Resolver(core, state)
    sent = [_filled(resolver, component, left) for component in modal["components"]]
    if left:
        known = listed(name for each in walk(modal["components"]) for name in _names(each))
        raise PeopleError(
            f"the modal has no field {', '.join(map(repr, left))}; there are: {known}"
        )
    data: Json = {"custom_id": modal["custom_id"], "components": sent}
    return data | ({"resolved": resolver.resolved} if resolver.resolved else {})


def _filled(resolver: Resolver, component: Json, left: dict[str, object]) -> Json:
    kind: int = component["type"]
    sent: Json = {"type": kind, "id": component.get("id")}
    if kind == Kind.ROW:
        fields = component["components"]
        return sent | {"components": [_field(resolver, e, e.get("label"), left) for e in fields]}
    if kind == Kind.LABEL:
        field = _field(resolver, component["component"], component.get("label"), left)
        return sent | {"component": field}
    return sent


def _field(resolver: Resolver, field: Json, label: str | None, left: dict[str, object]) -> Json:
    name = next((each for each in (field["custom_id"], label) if each in left), None)
    value = left.pop(name) if name is not None else None
    shown = label or field["custom_id"]
    sent: Json = {"type": field["type"], "id": field.get("id"), "custom_id": field["custom_id"]}
    match field["type"]:
        case Kind.TEXT_INPUT:
            return sent | {"value": _text(field, shown, value)}
        case Kind.CHECKBOX:
            return sent | {"value": bool(field.get("default") if value is None else value)}
        case Kind.RADIO_GROUP:
            chosen = _several(field, value)
            _check_count(field, shown, len(chosen), 1, 1)
            return sent | {"value": offered(field, str(chosen[0])) if chosen else None}
        case Kind.FILE_UPLOAD:
            files = _several(field, value)
            _check_count(field, shown, len(files), *_bounds(field, 1))
            return sent | {"values": [resolver.attachment(each) for each in files]}
        case kind:
            picked = _several(field, value)
            most = len(field["options"]) if kind == Kind.CHECKBOX_GROUP else 1
            _check_count(field, shown, len(picked), *_bounds(field, most))
            return sent | {"values": [value_of(resolver, field, str(each)) for each in picked]}


def _text(field: Json, shown: str, value: object) -> str:
    text = str(field.get("value") or "") if value is None else str(value)
    if not text and field.get("required", True):
        raise PeopleError(f'the field "{shown}" must be filled in')
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if text and not least <= len(text) <= most:
        raise PeopleError(f'the field "{shown}" must be {least} to {most} characters long')
    return text


def _several(field: Json, value: object) -> list[object]:
    """What was given, one or many; else what is chosen already."""
    if value is None:
        return [each["value"] for each in field.get("options") or () if each.get("default")]
    return list(value) if isinstance(value, list | tuple) else [value]


def _bounds(field: Json, most: int) -> tuple[int, int]:
    least, given = field.get("min_values"), field.get("max_values")
    return 1 if least is None else least, most if given is None else given


def _check_count(field: Json, shown: str, count: int, least: int, most: int) -> None:
    """Nothing at all is allowed where nothing is required."""
    if not count and (least == 0 or field.get("required") is False):
        return
    if not max(least, 1) <= count <= most:
        raise PeopleError(f'the field "{shown}" takes {least} to {most}, not {count}')


def _names(component: Json) -> list[str]:
    return [name for name in (component.get("label"), component.get("custom_id")) if name]
