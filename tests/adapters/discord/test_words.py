from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.adapters.discord.words import Words, fill
from rallypoint.kernel.errors import Forbidden, Refused
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Permission

WORDS = Words({"too_many": "You have {most} open.", "member_lacks_permission": "No {permission}."})


def test_a_features_words_are_filled_with_the_facts():
    assert WORDS.of(Refused("too_many", most=3)) == "You have 3 open."


def test_a_features_words_go_before_the_shared_ones():
    assert WORDS.of(Refused("member_lacks_permission", permission="X")) == "No X."


def test_what_the_kernel_refuses_has_words():
    actor = Actor(UserId(1), GuildId(2), "bob")
    with pytest.raises(Forbidden) as refused:
        actor.check_may(Permission.MANAGE_CHANNELS)

    assert Words().of(refused.value) == "You need the permission **Manage Channels** for that."


def test_a_code_without_words_is_said_as_a_code():
    assert WORDS.of(Refused("brand_new")) == "That is not possible (brand_new)."


@pytest.mark.parametrize(
    ("text", "fact", "said"),
    [
        pytest.param("Hi {x}", "**bold** _it_", r"Hi \*\*bold\*\* \_it\_", id="markdown"),
        pytest.param("Hi `{x}`", "rooms.empty_after", "Hi `rooms.empty_after`", id="in code"),
        pytest.param("Hi `{x}`", "a` **b**", "Hi `a' **b**`", id="out of code"),
        pytest.param("`/a` {x}", "a_b", r"`/a` a\_b", id="after code"),
        pytest.param("In {x}", timedelta(minutes=90), "In 1 h 30 min", id="duration"),
        pytest.param("{x}", datetime(2030, 1, 1, tzinfo=UTC), "<t:1893456000:R>", id="moment"),
        pytest.param("<#{x}>", 123, "<#123>", id="id"),
        pytest.param("{x}", "{most}", "{most}", id="not filled twice"),
        pytest.param("Hi {y}", "x", "Hi {y}", id="fact that nobody gave"),
        pytest.param("{{x}} {x}", 1, "{x} 1", id="braces"),
    ],
)
def test_a_fact_is_data(text, fact, said):
    assert fill(text, {"x": fact}) == said
