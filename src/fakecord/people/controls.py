"""Finding the button or select somebody means, and what their client then sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
    raise PeopleError(f'there is no button "{wanted}" to be seen; there are: {listed(seen)}')


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
    data["values"] = [value_of(resolver, select, each) for each in picked]
    return data | ({"resolved": resolver.resolved} if resolver.resolved else {})


def value_of(resolver: Resolver, select: Json, wanted: str) -> str:
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
            return offered(select, wanted)


def offered(select: Json, wanted: str) -> str:
    for option in select.get("options") or []:
        if wanted in (option["value"], option["label"]):
            return str(option["value"])
    offered = listed(option["label"] for option in select.get("options") or [])
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


def _emoji(component: Json) -> str | None:
    return (component.get("emoji") or {}).get("name")


def listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"
