"""Finding the button, select or modal field somebody means, and what their client then sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fakecord.core import Core
from fakecord.entities import Json, Message
from fakecord.people.lookup import PeopleError
from fakecord.people.options import Resolver
from fakecord.rest.components import SELECTS, Kind, walk
from fakecord.world import GuildState


def find_button(messages: Iterable[Message], wanted: str) -> tuple[Message, Json]:
    """The newest button of that label or custom_id that can be clicked."""
    seen: list[str] = []
    for message, component in _newest_first(messages):
        if component["type"] != Kind.BUTTON:
            continue
        if wanted in (component.get("label"), component.get("custom_id"), _emoji(component)):
            if component.get("disabled"):
                raise PeopleError(f'the button "{wanted}" is disabled')
            if not component.get("custom_id"):
                raise PeopleError(f'the button "{wanted}" is a link')
            return message, component
        seen.append(component.get("label") or component.get("custom_id") or "?")
    raise PeopleError(f'there is no button "{wanted}" to be seen; there are: {_listed(seen)}')


def find_select(
    messages: Iterable[Message], picked: Sequence[str], of: str | None
) -> tuple[Message, Json]:
    """The newest select named *of* (custom_id or placeholder), or else one that offers *picked*."""
    for message, component in _newest_first(messages):
        if component["type"] not in SELECTS or component.get("disabled"):
            continue
        names = (component.get("custom_id"), component.get("placeholder"))
        if of in names if of is not None else _offers(component, picked):
            return message, component
    raise PeopleError(f"there is no select {of or ''} that offers {', '.join(picked)}")


def pick(core: Core, state: GuildState, select: Json, picked: Sequence[str]) -> Json:
    """The `data` of the interaction, with what was picked resolved."""
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if not least <= len(picked) <= most:
        raise PeopleError(f"pick {least} to {most} here, not {len(picked)}")
    data: Json = {"component_type": select["type"], "custom_id": select["custom_id"]}
    resolver = Resolver(core, state)
    data["values"] = [_value(resolver, select, each) for each in picked]
    return data | ({"resolved": resolver.resolved} if resolver.resolved else {})


def fill(core: Core, state: GuildState, modal: Json, given: Mapping[str, object]) -> Json:
    """The `data` of a modal's submission; fields are named by label or custom_id."""
    left = dict(given)
    resolver = Resolver(core, state)
    sent = [_filled(resolver, component, left) for component in modal["components"]]
    if left:
        known = _listed(name for each in walk(modal["components"]) for name in _field_names(each))
        raise PeopleError(
            f"the modal has no field {', '.join(map(repr, left))}; there are: {known}"
        )
    data: Json = {"custom_id": modal["custom_id"], "components": sent}
    return data | ({"resolved": resolver.resolved} if resolver.resolved else {})


def _filled(resolver: Resolver, component: Json, left: dict[str, object]) -> Json:
    kind: int = component["type"]
    if kind == Kind.ROW:
        inner = [
            _field(resolver, each, each.get("label"), left) for each in component["components"]
        ]
        return {"type": kind, "id": component.get("id"), "components": inner}
    if kind == Kind.LABEL:
        field = _field(resolver, component["component"], component.get("label"), left)
        return {"type": kind, "id": component.get("id"), "component": field}
    return {"type": kind, "id": component.get("id")}


def _field(resolver: Resolver, field: Json, label: str | None, left: dict[str, object]) -> Json:
    name = next((each for each in (field["custom_id"], label) if each in left), None)
    value = left.pop(name) if name is not None else field.get("value")
    sent: Json = {"type": field["type"], "id": field.get("id"), "custom_id": field["custom_id"]}
    if field["type"] in SELECTS:
        picked = [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]
        return sent | {"values": [_value(resolver, field, each) for each in picked if value]}
    text = "" if value is None else str(value)
    shown = label or field["custom_id"]
    if not text and field.get("required", True):
        raise PeopleError(f'the field "{shown}" must be filled in')
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if text and not least <= len(text) <= most:
        raise PeopleError(f'the field "{shown}" must be {least} to {most} characters long')
    return sent | {"value": text}


def _value(resolver: Resolver, select: Json, wanted: str) -> str:
    match select["type"]:
        case Kind.USER_SELECT:
            return resolver.user(wanted)
        case Kind.ROLE_SELECT:
            return resolver.role(wanted)
        case Kind.CHANNEL_SELECT:
            return resolver.channel(wanted, select.get("channel_types"))
        case Kind.MENTIONABLE_SELECT:
            try:
                return resolver.role(wanted)
            except PeopleError:
                return resolver.user(wanted)
        case _:
            return _offered(select, wanted)


def _offered(select: Json, wanted: str) -> str:
    for option in select.get("options") or []:
        if wanted in (option["value"], option["label"]):
            return str(option["value"])
    offered = _listed(option["label"] for option in select.get("options") or [])
    raise PeopleError(f'"{wanted}" is not offered; there are: {offered}')


def _offers(select: Json, picked: Sequence[str]) -> bool:
    if select["type"] != Kind.STRING_SELECT:
        return True
    offered = {name for option in select["options"] for name in (option["value"], option["label"])}
    return set(picked) <= offered


def _newest_first(messages: Iterable[Message]) -> Iterator[tuple[Message, Json]]:
    for message in sorted(messages, key=lambda each: int(each.id), reverse=True):
        for component in walk(message.components):
            yield message, component


def _field_names(component: Json) -> list[str]:
    return [name for name in (component.get("label"), component.get("custom_id")) if name]


def _emoji(component: Json) -> str | None:
    return (component.get("emoji") or {}).get("name")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"
