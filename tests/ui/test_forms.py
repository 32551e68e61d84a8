"""A pydantic model as a form."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from starlette.datastructures import FormData

from rallypoint.app import catalogue
from rallypoint.kernel.durations import Duration
from rallypoint.ui.web import forms


class Colour(StrEnum):
    RED = "red"
    BLUE = "dark_blue"


class Everything(BaseModel):
    name: str = Field(default="x", max_length=20, title="What it is called", description="Any")
    story: str = Field(default="", max_length=1000)
    size: int = Field(default=3, ge=1, le=9)
    limit: int | None = Field(default=None, ge=1)
    switch: bool = True
    colour: Colour = Colour.BLUE
    word: Literal["a", "b"] = "a"
    colours: tuple[Colour, ...] = (Colour.RED,)
    words: tuple[str, ...] = ()
    after: Annotated[Duration, Field(ge=timedelta(0))] = timedelta(minutes=5)
    place: int | None = Field(default=None, json_schema_extra={"pick": "voice"})


KINDS = {
    "name": "text", "story": "long", "size": "number", "limit": "number", "switch": "switch",
    "colour": "choice", "word": "choice", "colours": "many", "words": "text", "after": "text",
    "place": "choice",
}  # fmt: skip


@pytest.fixture
def fields():
    form = forms.form_of(Everything, {"place": 7}, picks={"voice": [("5", "Lobby")]})
    return {each.name: each for each in form.fields}


def test_each_type_has_its_control_and_its_value_as_people_write_it(fields):
    assert {name: each.kind for name, each in fields.items()} == KINDS
    assert fields["after"].value == "5 min"
    assert fields["switch"].value == "true"
    assert fields["colours"].value == ("red",)
    assert (fields["size"].lowest, fields["size"].highest) == (1, 9)
    assert (fields["limit"].optional, fields["size"].optional) == (True, False)
    assert fields["name"].label == "What it is called"
    assert fields["colour"].choices == [("red", "red"), ("dark_blue", "dark blue")]


def test_a_choice_that_is_gone_is_not_lost_by_saving_the_others(fields):
    assert fields["place"].value == "7"
    assert fields["place"].choices == [("7", "7"), ("5", "Lobby")]


def test_what_is_chosen_of_many_is_not_lost_with_what_there_is_to_choose_from():
    """As while Discord is away."""

    class Where(BaseModel):
        name: str
        roles: list[str] = Field(default=[], json_schema_extra={"pick": "roles"})

    (_, roles) = forms.form_of(Where, {"roles": ["7"]}, picks={}).fields

    assert (roles.kind, roles.value, roles.choices) == ("many", ("7",), [("7", "7")])


def test_what_a_use_case_refuses_is_said_at_its_field_or_above_them_all():
    form = forms.form_of(Everything)
    at_field, above = form.blamed("size", "too big"), form.blamed("elsewhere", "too much")

    assert [each.name for each in at_field.fields if each.error == "too big"] == ["size"]
    assert (at_field.error, above.error) == ("", "too much")
    assert at_field.is_wrong
    assert above.is_wrong


def test_what_is_shown_and_sent_again_means_the_same():
    form = forms.form_of(Everything)
    typed = FormData(
        [
            (each.name, value)
            for each in form.fields
            for value in (each.value if isinstance(each.value, tuple) else [each.value])
        ]
    )
    again = {each.name: forms.raw(forms.with_typed(each, typed)) for each in form.fields}
    again["words"] = ()

    assert Everything.model_validate(again) == Everything()


@pytest.mark.parametrize("name", sorted(catalogue.setting_models()))
def test_the_settings_of_every_feature_come_back_as_they_were(name):
    model = catalogue.setting_models()[name]
    for each in forms.form_of(model).fields:
        raw = forms.raw(each)

        assert getattr(model.model_validate({each.name: raw}), each.name) == getattr(
            model(), each.name
        )
