"""What does not fit is said in words of ours, which there are in every language."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from rallypoint.app import catalogue
from rallypoint.features.accounts.web.me import NewToken, Own
from rallypoint.features.conditions.api import Flat
from rallypoint.features.destinations.web.again import Span
from rallypoint.features.destinations.web.wanted import FORMS
from rallypoint.features.lanes.web import NewLane
from rallypoint.features.subscriptions.web.wanted import Asked
from rallypoint.kernel import misfits
from rallypoint.kernel.words import Words, joined

MODELS: list[type[BaseModel]] = [
    *catalogue.setting_models().values(),
    *(job.config for job in catalogue.jobs().values() if job.config),
    NewToken,
    Span,
    Own,
    NewLane,
    Asked,
    Flat,
    *FORMS.values(),
]
WRONG = [
    *(
        "",
        " ",
        "x",
        "x" * 3000,
        "-1",
        "9" * 30,
        "9" * 5000,
        "1.5",
        "99999 d",
        f"{'9' * 12} d",
        "0",
        "a:1,a:2",
    ),
    *(
        None,
        True,
        -1,
        0,
        1.5,
        10**40,
        1e300,
        float("nan"),
        [],
        ["x"],
        [1] * 200,
        {},
        {"x": 1},
        {"X": "y"},
        b"\xff",
    ),
    *({"x": 10**6}, {}, {f"lane{each}": 1 for each in range(30)}, object()),
]


@pytest.mark.parametrize("model", dict.fromkeys(MODELS), ids=lambda model: model.__qualname__)
def test_whatever_does_not_fit_is_said_in_words_of_ours(model):
    texts = set(misfits.MISFITS.values()) | {misfits.NEEDED}
    for name in [*model.model_fields, "no such field"]:
        for value in WRONG:
            try:
                model.model_validate({name: value})
            except ValidationError as error:
                for each in error.errors():
                    said = misfits.misfit(each)

                    assert isinstance(said, Words)
                    assert said.text in texts or each["type"] == "value_error", each
                    assert each["type"] != "value_error" or isinstance(
                        each["ctx"]["error"].args[0], Words
                    ), each


def test_a_text_within_another_is_said_in_the_same_language():
    german = {
        "{a} or {b}": "{b} oder {a}",
        "one": "eins",
        "two": "zwei",
        "of {which}": "von {which}",
    }
    both = Words("{a} or {b}", a=Words("one"), b=Words("two"))
    listed = joined([Words("of {which}", which="one"), Words("two")])

    assert (both, listed) == ("one or two", "of one, two")
    assert both.by(lambda text: german.get(text, text)) == "zwei oder eins"
    assert listed.by(lambda text: german.get(text, text)) == "von one, zwei"
