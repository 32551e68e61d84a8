"""What a modal may be made of, and how much of it.

https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from fakecord.entities import Json
from fakecord.errors import Complaint, InvalidForm
from fakecord.rest.components import SELECTS, Kind, completed
from fakecord.rest.forms import Form

FIELDS = {
    *SELECTS,
    Kind.TEXT_INPUT,
    Kind.FILE_UPLOAD,
    Kind.RADIO_GROUP,
    Kind.CHECKBOX_GROUP,
    Kind.CHECKBOX,
}
"""What may stand in a label."""
RANGES: dict[int, dict[str, tuple[int, int]]] = {
    Kind.TEXT_INPUT: {"min_length": (0, 4000), "max_length": (1, 4000)},
    Kind.FILE_UPLOAD: {"min_values": (0, 10), "max_values": (1, 10)},
    Kind.CHECKBOX_GROUP: {"min_values": (0, 10), "max_values": (1, 10)},
    **{kind: {"min_values": (0, 25), "max_values": (1, 25)} for kind in SELECTS},
}
OPTIONS = {Kind.STRING_SELECT: (1, 25), Kind.RADIO_GROUP: (2, 10), Kind.CHECKBOX_GROUP: (1, 10)}
Path = tuple[str | int, ...]


class ModalForm(Form):
    custom_id: str = Field(min_length=1, max_length=100)
    title: str = Field(min_length=1, max_length=45)
    components: list[Json] = Field(min_length=1, max_length=5)

    def checked(self) -> Json:
        """As it is shown; 50035 if it cannot be."""
        found = list(_complaints(self.components))
        if found:
            raise InvalidForm(found)
        return self.model_dump() | {"components": completed(self.components)}


def _complaints(components: list[Json]) -> Iterator[Complaint]:
    seen: set[str] = set()
    for index, component in enumerate(components):
        path: Path = ("components", index)
        match component.get("type"):
            case Kind.LABEL:
                yield from _text(path, component, "label", 1, 45)
                yield from _text(path, component, "description", 0, 100)
                field = component.get("component") or {}
                yield from _field((*path, "component"), field, FIELDS, seen)
            case Kind.ROW:
                yield from _row(path, component.get("components") or [], seen)
            case Kind.TEXT_DISPLAY:
                yield from _text(path, component, "content", 1, 4000)
            case _:
                yield _choice(path, {Kind.ROW, Kind.LABEL, Kind.TEXT_DISPLAY})


def _row(path: Path, fields: list[Json], seen: set[str]) -> Iterator[Complaint]:
    """Of old, a text input stands in a row of its own, and carries its label itself."""
    if len(fields) != 1:
        yield _wrong((*path, "components"), "BASE_TYPE_BAD_LENGTH", "Must be 1 in length.")
        return
    inner: Path = (*path, "components", 0)
    yield from _text(inner, fields[0], "label", 1, 45)
    yield from _field(inner, fields[0], {Kind.TEXT_INPUT}, seen)


def _field(path: Path, field: Json, kinds: set[int], seen: set[str]) -> Iterator[Complaint]:
    kind = field.get("type")
    if kind not in kinds:
        yield _choice(path, kinds)
        return
    yield from _text(path, field, "custom_id", 1, 100)
    custom_id = str(field.get("custom_id"))
    if custom_id in seen:
        words = "Component custom id cannot be duplicated"
        yield _wrong((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", words)
    seen.add(custom_id)
    for name, (least, most) in RANGES.get(kind, {}).items():
        if field.get(name) is not None and not least <= field[name] <= most:
            words = f"int value should be {least} to {most}."
            yield _wrong((*path, name), "NUMBER_TYPE_MAX", words)
    if kind == Kind.TEXT_INPUT and field.get("style") not in (1, 2):
        yield _wrong((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    if kind in OPTIONS:
        yield from _options(path, field.get("options") or [], *OPTIONS[Kind(kind)])


def _options(path: Path, options: list[Json], least: int, most: int) -> Iterator[Complaint]:
    if not least <= len(options) <= most:
        words = f"Must be between {least} and {most} in length."
        yield _wrong((*path, "options"), "BASE_TYPE_BAD_LENGTH", words)
    values = [each.get("value") for each in options]
    if len(set(values)) != len(values):
        code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
        yield _wrong((*path, "options"), code, "The specified option value is already used")
    for number, option in enumerate(options):
        for name, shortest in (("label", 1), ("value", 1), ("description", 0)):
            yield from _text((*path, "options", number), option, name, shortest, 100)


def _text(path: Path, holder: Json, name: str, least: int, most: int) -> Iterator[Complaint]:
    if not least <= len(holder.get(name) or "") <= most:
        words = f"Must be between {least} and {most} in length."
        yield _wrong((*path, name), "BASE_TYPE_BAD_LENGTH", words)


def _choice(path: Path, kinds: set[int]) -> Complaint:
    values = ", ".join(str(int(each)) for each in sorted(kinds))
    return _wrong((*path, "type"), "BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")


def _wrong(path: Path, code: str, message: str) -> Complaint:
    return Complaint(path, code, message)
