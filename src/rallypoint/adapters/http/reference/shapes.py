"""What is sent and told, by its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rallypoint.kernel.misfits import MISFITS
from rallypoint.kernel.words import Words

Schema = Mapping[str, Any]
LONGEST_PATTERN = 40
"""Characters: what is longer nobody reads, and the refusal says it in words."""
REF = "#/components/schemas/"
SIDES = ("-Input", "-Output")
"""Of a shape that is not told as it is sent."""
LIMITS = {
    "minLength": ("string_too_short", "min_length"),
    "maxLength": ("string_too_long", "max_length"),
    "minItems": ("too_short", "min_length"),
    "maxItems": ("too_long", "max_length"),
    "minimum": ("greater_than_equal", "ge"),
    "maximum": ("less_than_equal", "le"),
}
"""JSON Schema's name → whose words, and their fact."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Of a type."""

    text: str
    shape: str = ""
    """Which of the schemas it names."""

    @property
    def anchor(self) -> str:
        return f"shape-{self.shape}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    type: Sequence[Piece]
    where: str = ""
    """Of a parameter: path or query."""
    needed: bool = False
    limits: Sequence[Words] = ()
    pattern: str = ""
    default: str = ""
    """As JSON."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    anchor: str
    about: str
    fields: Sequence[Field]
    """First what is needed."""
    is_sent: bool = True
    """False: it is only told."""


class Schemas:
    """Those that have a name."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named

    def shape(self, name: str, *, is_sent: bool = True) -> Shape:
        schema = self._named[name]
        needed = schema.get("required", ())
        there = sorted(schema.get("properties", {}).items(), key=lambda each: each[0] not in needed)
        fields = [self.field(each, said, needed=each in needed) for each, said in there]
        about, anchor = prose(schema.get("description", "")), Piece("", name).anchor
        return Shape(_short(name), anchor, about, fields, is_sent)

    def field(self, name: str, schema: Schema, *, needed: bool, **more: str) -> Field:
        known = {**self._main(schema), **schema}
        pattern = known.get("pattern", "")
        return Field(
            name=name,
            type=self.type(schema),
            needed=needed,
            limits=_limits(known),
            pattern=pattern if len(pattern) <= LONGEST_PATTERN else "",
            default=json.dumps(known["default"]) if _is_told(known.get("default")) else "",
            about=prose(more.pop("about", "") or known.get("description", "")),
            **more,
        )

    def type(self, schema: Schema) -> list[Piece]:
        """As it would be written in TypeScript, whose readers are many."""
        if name := name_of(schema):
            named = self._named[name]
            return self.type(named) if "enum" in named else [Piece(_short(name), name)]
        if several := _several(schema):
            return [*_joined([self.type(each) for each in several])]
        if "const" in schema or "enum" in schema:
            values = schema.get("enum") or [schema["const"]]
            return [Piece(" | ".join(map(json.dumps, values)))]
        if schema.get("type") == "array":
            return self._list(self.type(schema.get("items", {})))
        if isinstance(more := schema.get("additionalProperties"), Mapping):
            return [Piece("{[name]: "), *self.type(more), Piece("}")]
        return [Piece(str(schema.get("format") or schema.get("type", "any")))]

    def collect(self, schema: Schema, into: dict[str, None]) -> None:
        """The names of the shapes that it is made of, as they come."""
        for piece in self.type(schema):
            if piece.shape and piece.shape not in into:
                into[piece.shape] = None
                self.collect_inner(piece.shape, into)

    def collect_inner(self, name: str, into: dict[str, None]) -> None:
        for each in self._named[name].get("properties", {}).values():
            self.collect(each, into)

    def example(self, schema: Schema) -> Any:
        """Of all that is needed; where nothing is, of the first thing that has an example."""
        if examples := schema.get("examples"):
            return examples[0]
        if name := name_of(schema):
            return self.example(self._named[name])
        if "properties" in schema:
            return self._example(schema)
        if several := _several(schema):
            return self.example(several[0])
        if "const" in schema or "enum" in schema:
            return schema.get("enum", [schema.get("const")])[0]
        return schema.get("default", "…")

    def _example(self, schema: Schema) -> Mapping[str, Any]:
        there = schema["properties"]
        told = [name for name, each in there.items() if self._main(each).get("examples")]
        return {name: self.example(there[name]) for name in schema.get("required", told[:1])}

    def _list(self, items: list[Piece]) -> list[Piece]:
        if any(" | " in each.text for each in items):
            return [Piece("("), *items, Piece(")[]")]
        return [*items, Piece("[]")]

    def _main(self, schema: Schema) -> Schema:
        """Of what may also be null, the other."""
        several = [each for each in _several(schema) if each.get("type") != "null"]
        return {**several[0], **schema} if len(several) == 1 else schema


def prose(text: str) -> str:
    """Whatever lines it was written in."""
    return " ".join(text.split())


def name_of(schema: Schema) -> str:
    """Empty: it has none."""
    return str(schema.get("$ref", "")).removeprefix(REF)


def _several(schema: Schema) -> Sequence[Schema]:
    found: Sequence[Schema] = schema.get("anyOf") or schema.get("oneOf") or ()
    return found


def _joined(types: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    for number, each in enumerate(types):
        if number:
            yield Piece(" | ")
        yield from each


def _short(name: str) -> str:
    for side in SIDES:
        name = name.removesuffix(side)
    return name


def _limits(schema: Schema) -> list[Words]:
    return [
        Words(MISFITS[kind], **{fact: _number(schema[name])})
        for name, (kind, fact) in LIMITS.items()
        if schema.get(name) is not None
    ]


def _is_told(default: object) -> bool:
    """That nothing is what is meant by saying nothing goes without saying."""
    return isinstance(default, bool | int | float) or bool(default)


def _number(limit: float) -> object:
    """JSON Schema's own are all with a point."""
    return int(limit) if float(limit).is_integer() else limit
