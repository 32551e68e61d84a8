"""Components of messages and modals: what may stand where, and how much of it.

https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from fakecord.entities import Json
from fakecord.errors import Complaint, InvalidForm

V2_FLAG = 1 << 15
MOST_ROWS = 5
MOST_BUTTONS = 5
MOST_OPTIONS = 25
LONGEST_PLACEHOLDER = 150
LONGEST_OPTION = 100
MOST_V2 = 40


class Kind(IntEnum):
    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset({3, 5, 6, 7, 8})
KNOWN = frozenset(Kind)
DEFAULTS: dict[int, Json] = {
    Kind.CONTAINER: {"accent_color": None, "spoiler": False},
    Kind.SEPARATOR: {"spacing": 1, "divider": True},
    Kind.THUMBNAIL: {"description": None, "spoiler": False},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, outer before inner, in reading order."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for key in ("component", "accessory"):
            if component.get(key):
                yield from walk([component[key]])


def check(components: list[Json], *, v2: bool) -> None:
    """Raise 50035 unless a message may carry them."""
    found = list(_complaints(components, v2=v2))
    if found:
        raise InvalidForm(found)


def completed(components: list[Json]) -> list[Json]:
    """With the ids and defaults Discord adds to what was left out."""
    count = 0

    def complete(component: Json) -> Json:
        nonlocal count
        count += 1
        changed = (
            {"id": component.get("id") or count} | DEFAULTS.get(component["type"], {}) | component
        )
        if component.get("emoji"):
            # What libraries say of an emoji that is no custom one, Discord does not repeat.
            said = component["emoji"].items()
            changed["emoji"] = {key: value for key, value in said if value is not None}
        if "components" in component:
            changed["components"] = [complete(each) for each in component["components"] or []]
        for key in ("component", "accessory"):
            if component.get(key):
                changed[key] = complete(component[key])
        return changed

    return [complete(each) for each in components]


def _complaints(components: list[Json], *, v2: bool) -> Iterator[Complaint]:
    everything = list(walk(components))
    if v2 and len(everything) > MOST_V2:
        yield _wrong((), "COMPONENT_MAX_TOTAL", f"No more than {MOST_V2} components.")
    if not v2 and len(components) > MOST_ROWS:
        yield _wrong((), "BASE_TYPE_BAD_LENGTH", f"Must be {MOST_ROWS} or fewer in length.")
    seen: set[str] = set()
    for index, component in enumerate(components):
        if component.get("type") not in KNOWN or (not v2 and component["type"] != Kind.ROW):
            yield _wrong((index, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1}.")
            continue
        for inner in walk([component]):
            yield from _of_one(index, inner, seen)


def _of_one(index: int, component: Json, seen: set[str]) -> Iterator[Complaint]:
    kind = component.get("type")
    if kind == Kind.ROW:
        yield from _of_row(index, component)
    elif kind == Kind.BUTTON:
        yield from _of_button(index, component)
    elif kind in SELECTS:
        yield from _of_select(index, component)
    custom_id = component.get("custom_id")
    if custom_id is None:
        return
    if not 1 <= len(custom_id) <= 100:
        yield _wrong(
            (index, "custom_id"), "BASE_TYPE_BAD_LENGTH", "Must be 100 or fewer in length."
        )
    if custom_id in seen:
        yield _wrong(
            (index, "custom_id"),
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        )
    seen.add(custom_id)


def _of_row(index: int, row: Json) -> Iterator[Complaint]:
    inner = row.get("components") or []
    selects = sum(each.get("type") in SELECTS for each in inner)
    if not 1 <= len(inner) <= MOST_BUTTONS or (selects and len(inner) > 1):
        yield _wrong(
            (index, "components"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."
        )


def _of_button(index: int, button: Json) -> Iterator[Complaint]:
    label = button.get("label") or ""
    if len(label) > 80:
        yield _wrong((index, "label"), "BASE_TYPE_BAD_LENGTH", "Must be 80 or fewer in length.")
    if not label and not button.get("emoji"):
        yield _wrong((index, "label"), "BASE_TYPE_REQUIRED", "A button needs a label or an emoji.")
    needed = "url" if button.get("style") == 5 else "custom_id"
    if not button.get(needed) and button.get("style") != 6:
        yield _wrong((index, needed), "BASE_TYPE_REQUIRED", "This field is required")


def _of_select(index: int, select: Json) -> Iterator[Complaint]:
    if not select.get("custom_id"):
        yield _wrong((index, "custom_id"), "BASE_TYPE_REQUIRED", "This field is required")
    if len(select.get("placeholder") or "") > LONGEST_PLACEHOLDER:
        yield _wrong(
            (index, "placeholder"), "BASE_TYPE_BAD_LENGTH", "Must be 150 or fewer in length."
        )
    for name in ("min_values", "max_values"):
        if not 0 <= select.get(name, 1) <= MOST_OPTIONS:
            yield _wrong((index, name), "NUMBER_TYPE_MAX", "int value should be 25 or less.")
    if select.get("type") != Kind.STRING_SELECT:
        return
    options = select.get("options") or []
    if not 1 <= len(options) <= MOST_OPTIONS:
        yield _wrong(
            (index, "options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length."
        )
    for name in ("label", "value", "description"):
        if any(len(option.get(name) or "") > LONGEST_OPTION for option in options):
            yield _wrong((index, "options"), "BASE_TYPE_BAD_LENGTH", f"{name}: 100 or fewer.")
    values = [option.get("value") for option in options]
    if len(set(values)) != len(values):
        yield _wrong(
            (index, "options"),
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            "The specified option value is already used",
        )


def _wrong(path: tuple[str | int, ...], code: str, message: str) -> Complaint:
    return Complaint(("components", *path), code, message)
