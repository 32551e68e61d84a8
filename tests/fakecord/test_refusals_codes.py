"""Each code of the table has its page, and some row or test provokes it."""

from __future__ import annotations

import pytest

from fakecord.errors import KINDS
from tests.fakecord import (
    test_refusals,
    test_refusals_limits,
    test_refusals_people,
    test_refusals_rights,
    test_rest_refusals,
)

TABLES = (test_refusals.CASES, test_rest_refusals.CASES, test_refusals_rights.CASES)
ELSEWHERE = {
    40060: "test_interactions.py",
    50027: "test_interactions.py",
    50007: "test_people.py",
    50016: "test_refusals_limits.py",
    50026: "test_oauth2.py",
    50034: "test_refusals_limits.py",
    50109: "test_forms.py",
    150006: "test_rest_guild.py",
}


def provoked():
    return {case.code for table in TABLES for case in table.values()} | {
        row[-1] for row in test_refusals_limits.FULL.values()
    }


def test_every_code_is_provoked():
    assert KINDS.keys() - provoked() - ELSEWHERE.keys() == set()


@pytest.mark.parametrize(("code", "file"), ELSEWHERE.items(), ids=map(str, ELSEWHERE))
def test_a_code_that_is_in_no_table_is_in_the_test_it_is_said_to_be_in(request, code, file):
    assert str(code) in (request.path.parent / file).read_text()


def test_every_code_has_a_page_of_discords_documentation_and_a_status_that_fits():
    for kind in KINDS.values():
        assert kind.url.startswith("https://docs.discord.com/developers/")
        assert 400 <= kind.status < 500
        assert kind.code // 10_000 != 1 or kind.status == 404


def test_the_tables_are_as_long_as_they_should_be():
    rows = sum(len(table) for table in TABLES) + len(test_refusals_people.CASES)
    rows += 2 * len(test_refusals_limits.FULL) + 2 * len(test_refusals_limits.SIZES)

    assert rows >= 300
