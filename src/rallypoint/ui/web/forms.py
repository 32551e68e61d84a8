"""A pydantic model as a form: its fields, what was typed into them, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from rallypoint.kernel import durations
from rallypoint.kernel.jobs.recurrence import zones
from rallypoint.kernel.misfits import misfit
from rallypoint.kernel.ports import GuildLook
from rallypoint.kernel.words import Words

from .languages import N_

Kind = Literal["text", "long", "number", "switch", "choice", "many", "moment"]
Choices = Sequence[tuple[str, str]]
"""Value and words."""
Picks = Mapping[str, Choices]
"""What a field's `json_schema_extra={"pick": …}` names → what there is to pick from."""
ZONES: Choices = [(each, each) for each in sorted(zones())]
OF_GUILD = ("voice", "text", "category", "roles")
"""Picks that are things of one server."""
LONG = 300
"""Characters from which on a text has several lines."""
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    label: str
    description: str
    kind: Kind
    value: str | tuple[str, ...]
    choices: Choices = ()
    optional: bool = False
    """It may be left empty."""
    lowest: float | None = None
    highest: float | None = None
    longest: int | None = None
    error: str = ""
    """It may be `Words`: the template says them in the reader's language."""
    none: str = N_("none")
    """What is said for an empty choice."""

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Form(Generic[M]):
    fields: Sequence[Field]
    value: M | None = None
    """What was sent, if all of it fits."""

    error: str = ""
    """What is wrong with no one field."""

    @property
    def is_wrong(self) -> bool:
        return bool(self.error) or any(each.error for each in self.fields)

    def blamed(self, name: str, words: str) -> Form[M]:
        """What is wrong with the field of that name, which the model could not know."""
        if all(each.name != name for each in self.fields):
            return Form(self.fields, error=words)
        return Form(
            [replace(each, error=words) if each.name == name else each for each in self.fields]
        )


def form_of(
    model: type[M],
    values: Mapping[str, Any] | None = None,
    *,
    picks: Picks | None = None,
    prefix: str = "",
) -> Form[M]:
    """*values*: in their JSON shape, in place of the model's defaults. *prefix* goes before the names."""
    known = _defaults(model) | dict(values or {})
    schema = model.model_json_schema(ref_template="{model}")
    return Form(
        [
            _field(name, info, schema, known.get(name), picks or {}, prefix)
            for name, info in model.model_fields.items()
        ]
    )


async def sent(
    request: Request, model: type[M], *, picks: Picks | None = None, prefix: str = ""
) -> Form[M]:
    """What was typed stays in the fields, whether it fits or not. A field that was not sent is as in a new form."""
    async with request.form(max_files=0, max_fields=500) as typed:
        form = form_of(model, picks=picks, prefix=prefix)
        fields = [with_typed(each, typed) if each.name in typed else each for each in form.fields]
    given = {each.name.removeprefix(prefix): raw(each) for each in fields}
    try:
        # All that is typed is text, also for a model that elsewhere takes no text for a number.
        value = model.model_validate(given, strict=False)
    except ValidationError as error:
        wrong = {
            f"{prefix}{each['loc'][0]}": misfit(each)
            for each in error.errors(include_url=False)
            if each["loc"]
        }
        return Form([replace(each, error=wrong.get(each.name, "")) for each in fields])
    return Form(fields, value)


def with_typed(field: Field, typed: FormData) -> Field:
    given = [str(each) for each in typed.getlist(field.name) if isinstance(each, str)]
    if field.kind == "many":
        return replace(field, value=tuple(each for each in given if each))
    return replace(field, value=given[-1].strip() if given else "")


def raw(field: Field) -> object:
    """For pydantic: what is left empty is nothing, where that may be."""
    if field.kind == "many":
        return list(field.value)
    if field.value == "" and field.optional:
        return None
    return field.value


def shown(value: Any, info: FieldInfo) -> str | tuple[str, ...]:
    """A value in its JSON shape, as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{name}:{each}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    if info.annotation is timedelta:
        return durations.words(timedelta(seconds=float(value)))
    return str(value)


def label_of(name: str, info: FieldInfo) -> str:
    return info.title or name.replace("_", " ").capitalize()


def word_of(choice: object) -> Words:
    """Of one of those that a type has."""
    return Words(str(choice).replace("_", " "))


def texts_of(model: type[BaseModel]) -> Iterator[str]:
    """All that a form of it says by itself."""
    for name, info in model.model_fields.items():
        yield label_of(name, info)
        yield info.description or ""
    for field in form_of(model).fields:
        yield from (words.text for _, words in field.choices if isinstance(words, Words))


def picks_of(look: GuildLook | None) -> Picks:
    """What a server offers, as far as it is known now."""
    if look is None:
        return {"zone": ZONES}
    kinds: dict[str, list[tuple[str, str]]] = {"voice": [], "text": [], "category": []}
    names = {each.id: each.name for each in look.channels}
    for each in look.channels:
        above = f"{names[each.parent_id]} / " if each.parent_id in names else ""
        kinds.get(each.kind, []).append((str(each.id), f"{above}{each.name}"))
    roles = [(str(each.id), each.name) for each in look.roles if not each.is_managed]
    return {**kinds, "roles": roles, "zone": ZONES}


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_construct().model_dump(mode="json")


def _field(
    name: str,
    info: FieldInfo,
    schema: Mapping[str, Any],
    value: Any,
    picks: Picks,
    prefix: str,
) -> Field:
    told = dict(schema["properties"][name])
    options = [each for each in told.get("anyOf", ()) if each.get("type") != "null"]
    optional = len(options) < len(told.get("anyOf", ()))
    inner = _resolved({**told, **(options[0] if options else {})}, schema)
    choices = _choices(inner, schema, info, picks)
    current = shown(value, info)
    if choices or _pick(info):
        there = [current] if isinstance(current, str) else current
        unknown = [(each, each) for each in there if each and each not in dict(choices)]
        choices = [*unknown, *choices]
    return Field(
        name=f"{prefix}{name}",
        label=label_of(name, info),
        description=info.description or "",
        kind=_kind(inner, info, choices),
        value=current if _kind(inner, info, choices) == "many" else _joined(current),
        choices=choices,
        optional=optional,
        lowest=inner.get("minimum"),
        highest=inner.get("maximum"),
        longest=inner.get("maxLength"),
        none=_extra(info, "none") or N_("none"),
    )


def _extra(info: FieldInfo, name: str) -> str:
    extra = info.json_schema_extra
    return str(extra.get(name, "")) if isinstance(extra, dict) else ""


def _kind(inner: Mapping[str, Any], info: FieldInfo, choices: Choices) -> Kind:
    kind = inner.get("type")
    if kind == "array":
        return "many" if choices or _pick(info) else "text"
    if choices:
        return "choice"
    if kind == "boolean":
        return "switch"
    if kind in ("integer", "number") and info.annotation is not timedelta:
        return "number"
    if inner.get("format") == "date-time":
        return "moment"
    is_long = inner.get("maxLength", 0) >= LONG and inner.get("format") != "uri"
    return "long" if is_long else "text"


def _choices(
    inner: Mapping[str, Any], schema: Mapping[str, Any], info: FieldInfo, picks: Picks
) -> Choices:
    if pick := _pick(info):
        return list(picks.get(pick, ()))
    listed = _resolved(inner.get("items", {}), schema) if inner.get("type") == "array" else inner
    return [(str(each), word_of(each)) for each in listed.get("enum", ())]


def _pick(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str(extra.get("pick") or "") if isinstance(extra, dict) else ""


def _resolved(told: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    named = schema.get("$defs", {}).get(told.get("$ref", ""), {})
    return {**named, **told}


def _joined(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
