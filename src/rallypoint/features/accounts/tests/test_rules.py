from __future__ import annotations

import re

import pytest

from rallypoint.features.accounts.rules import tokens as rules
from rallypoint.kernel.errors import Refused


def test_a_text_names_its_row_and_holds_256_random_bits():
    texts = {rules.new_text("a" * 12) for _ in range(100)}
    text = texts.pop()

    assert len(texts) == 99
    assert re.fullmatch(r"rp_a{12}_[0-9A-Za-z]{43}", text)
    assert 62**43 > 2**256 > 62**42
    assert rules.id_in(text) == "a" * 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rp_",
        "rp_" + "a" * 12,
        f"rp_{'a' * 12}_{'b' * 42}",
        f"rp_{'a' * 12}_{'b' * 44}",
        f"rp_{'a' * 12}_{'b' * 43}\n",
        f" rp_{'a' * 12}_{'b' * 43}",
        f"rp_{'a' * 11}-_{'b' * 43}",
        f"rp_{'ä' * 12}_{'b' * 43}",
        f"RP_{'a' * 12}_{'b' * 43}",
        "x" * 100_000,
    ],
)
def test_what_never_was_a_token_is_known_by_its_form(text):
    assert rules.id_in(text) is None


def test_one_letter_makes_another_token():
    text = rules.new_text("a" * 12)
    other = text[:-1] + ("0" if text[-1] != "0" else "1")

    assert rules.is_right(text, rules.hash_of(text))
    assert not rules.is_right(other, rules.hash_of(text))
    assert not rules.is_right(text, None)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"user_id": 0}, "user_id_invalid"),
        ({"user_id": 2**63}, "user_id_invalid"),
        ({"name": " "}, "token_name_invalid"),
        ({"name": "a" * 101}, "token_name_invalid"),
        ({"name": "two\nlines"}, "token_name_invalid"),
        ({"days": 0}, "token_days_out_of_range"),
        ({"days": 366}, "token_days_out_of_range"),
    ],
)
def test_what_is_out_of_bounds_is_refused(wanted, code):
    with pytest.raises(Refused) as refused:
        rules.check_wanted(**{"user_id": 1, "name": "x", "days": 1} | wanted)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "wanted", [{"user_id": 2**63 - 1}, {"name": "a" * 100}, {"days": 1}, {"days": 365}]
)
def test_what_is_just_within_is_taken(wanted):
    rules.check_wanted(**{"user_id": 1, "name": "x", "days": 1} | wanted)
