"""How a JSON Schema is read out."""

from __future__ import annotations

import pytest

from rallypoint.adapters.http.reference.shapes import Schemas

NULL = {"type": "null"}
CUP = {
    "type": "object",
    "description": "For tea",
    "properties": {
        "colour": {"anyOf": [{"type": "string", "maxLength": 9, "description": "Of it"}, NULL]},
        "size": {"type": "integer", "minimum": 1.0, "maximum": 3.0, "default": 2},
        "inside": {"$ref": "#/components/schemas/Cup"},
        "sugar": {"type": "boolean", "default": False, "examples": [True]},
        "id": {"type": "string", "pattern": "^[0-9]+$", "examples": ["7"]},
        "words": {"type": "string", "pattern": "x" * 99, "default": ""},
    },
    "required": ["id"],
}
TEA = {"type": "string", "enum": ["green", "black"]}


@pytest.fixture
def schemas():
    return Schemas({"Cup-Input": CUP, "Cup": CUP, "Tea": TEA, "Nothing": {"properties": {}}})


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({"anyOf": [{"type": "integer"}, NULL]}, "integer | null"),
        ({"const": "once"}, '"once"'),
        ({"$ref": "#/components/schemas/Tea"}, '"green" | "black"'),
        ({"$ref": "#/components/schemas/Cup-Input"}, "Cup"),
        ({"type": "array", "items": {"type": "string"}}, "string[]"),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, NULL]}}, "(string | null)[]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "{[name]: integer}"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({}, "any"),
    ],
)
def test_a_type_is_written_as_those_who_write_programs_write_it(schemas, schema, type_):
    assert "".join(each.text for each in schemas.type(schema)) == type_


def test_a_shape_has_first_what_is_needed_and_says_what_fits(schemas):
    cup = schemas.shape("Cup-Input")
    told = {
        each.name: (each.about, *map(str, each.limits), each.pattern, each.default)
        for each in cup.fields
    }

    assert (cup.name, cup.about) == ("Cup", "For tea")
    assert [(each.name, each.needed) for each in cup.fields][:2] == [
        ("id", True),
        ("colour", False),
    ]
    assert told == {
        "id": ("", "^[0-9]+$", ""),
        "colour": ("Of it", "at most 9 characters", "", ""),
        "size": ("", "at least 1", "at most 3", "", "2"),
        "inside": ("", "", ""),
        "sugar": ("", "", "false"),
        "words": ("", "", ""),
    }


def test_a_shape_within_itself_is_named_once(schemas):
    found: dict[str, None] = {}
    schemas.collect({"$ref": "#/components/schemas/Cup"}, found)

    assert [*found] == ["Cup"]


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"$ref": "#/components/schemas/Cup"}, {"id": "7"}),
        ({"properties": CUP["properties"]}, {"sugar": True}),
        ({"$ref": "#/components/schemas/Tea"}, "green"),
        ({"oneOf": [{"properties": {"at": {"const": 1}}, "required": ["at"]}, NULL]}, {"at": 1}),
        ({"$ref": "#/components/schemas/Nothing"}, {}),
    ],
)
def test_an_example_is_of_all_that_is_needed_or_of_one_thing(schemas, schema, example):
    assert schemas.example(schema) == example
