"""What is offered while somebody types: never more than Discord takes, and never an error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from rallypoint.features.schedules.bot import offers
from rallypoint.features.schedules.rules import config_of
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.jobs import Job


class Config(BaseModel):
    days: int = Field(default=30, description="How many")
    names: list[str] = Field(default_factory=list)
    long: str = "x" * 200


async def act(_work):
    pass


KINDS = {
    "test.tidy": Job(handler=act, config=Config, custom=True, words="Tidy " + "up " * 60),
    "test.bare": Job(handler=act, custom=True, words="Bare"),
    "test.ours": Job(handler=act, words="Ours"),
}
TYPED = st.text(max_size=200) | st.sampled_from(
    ["=", "= =", "days=", "every 99999999999999 d", "\u0663", "9", "0 0 30 2 *", "1-01-01 00:00"]
)


def check(choices):
    assert len(choices) <= 25
    for choice in choices:
        assert 1 <= len(choice.name) <= 100
        assert 1 <= len(choice.value) <= 100


@settings(max_examples=50, deadline=None)
@given(TYPED)
def test_whatever_is_typed_completing_it_never_fails(typed):
    check(offers.moments(typed, "Europe/Berlin"))
    check(offers.moments("every 6 h", typed))
    check(offers.zones_like(typed, "UTC"))
    check(offers.tasks(KINDS, typed))
    for job in (None, *KINDS.values()):
        check(offers.config(job, typed))


def test_a_guild_is_offered_only_what_it_may_have():
    assert [each.value for each in offers.tasks(KINDS, "")] == ["test.tidy", "test.bare"]
    assert offers.kind_of(KINDS, "bare") == "test.bare"
    assert offers.kind_of(KINDS, "Ours") == "Ours"


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("", {}),
        ("days=7", {"days": 7}),
        ("days=7, names=[]", {"days": 7, "names": []}),
        ('days=7 long="a b"', {"days": 7, "long": "a b"}),
        ("long=a=b", {"long": "a=b"}),
        ("days=", {"days": ""}),
    ],
)
def test_a_config_is_read_from_words(text, config):
    assert config_of(text, Config) == config


@pytest.mark.parametrize("text", ["7", "days", "days = 7", "=7", "day=7", "days=7 and more"])
def test_what_are_no_such_words_is_refused(text):
    with pytest.raises(Refused):
        config_of(text, Config)
