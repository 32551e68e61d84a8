"""What a receiver's answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rallypoint.adapters.delivery import answers
from rallypoint.kernel.outlets import Verdict

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("0", 0),
        ("5", 5),
        (" 64.57 ", 64.57),
        ("-5", 0),
        ("86400", 86_400),
        ("1000000000000", 86_400),
        ("9" * 5000, 86_400),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 14:00:00 +0200", 0),
        ("Mon, 01 Mar 2027 12:00:00 GMT", 86_400),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("0x10", None),
        ("5 seconds", None),
        ("\u0665", None),
        ("Sun, 99 Mar 2026 12:01:30 GMT", None),
        ("Sun, 01 Mar 99999 12:01:30 GMT", None),
    ],
)
def test_a_wish_for_patience_is_understood_and_never_longer_than_a_day(header, wait):
    expected = None if wait is None else timedelta(seconds=wait)

    assert answers.retry_in(header, now=NOW) == expected


@given(st.text())
def test_no_wish_for_patience_breaks_anything(header):
    wait = answers.retry_in(header, now=NOW)

    assert wait is None or timedelta(0) <= wait <= DAY


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        (199, Verdict.LATER, "status"),
        (200, Verdict.DELIVERED, ""),
        (204, Verdict.DELIVERED, ""),
        (299, Verdict.DELIVERED, ""),
        (300, Verdict.LATER, "redirected"),
        (304, Verdict.LATER, "redirected"),
        (399, Verdict.LATER, "redirected"),
        (400, Verdict.LATER, "status"),
        (404, Verdict.LATER, "status"),
        (410, Verdict.GONE, "gone"),
        (429, Verdict.LATER, "status"),
        (500, Verdict.LATER, "status"),
        (999, Verdict.LATER, "status"),
    ],
)
def test_only_a_status_of_success_is_one(status, verdict, reason):
    assert (answers.verdict(status), answers.reason(status)) == (verdict, reason)


def test_an_answer_is_cut_and_keeps_nothing_a_database_refuses():
    assert answers.text(b"\xff\0" + b"x" * 5000) == "��" + "x" * 1022
    assert answers.text("€".encode() * 2000) == "€" * 1024
