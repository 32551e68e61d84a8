from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.accounts.rules import log_ins as rules

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("wanted", ["/servers/1/voice", "/me", "/servers/1/audit?action=a.b&who=x"])
def test_a_page_of_ours_is_where_one_is_led(wanted):
    assert rules.destination(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        *(None, "", "servers", "//evil", "/\\evil", "///evil", "http://evil", "javascript:x"),
        *("/login", "/logout", "/api/v1", "/static/app.js", "/a/../b", "/a\r\nb", "/ä", "/" * 501),
    ],
)
def test_everything_else_leads_home(wanted):
    assert rules.destination(wanted) == rules.HOME


@pytest.mark.parametrize(
    ("idle", "left", "good"),
    [
        (timedelta(days=7) - timedelta(seconds=1), timedelta(seconds=1), True),
        (timedelta(days=7), timedelta(seconds=1), False),
        (timedelta(0), timedelta(0), False),
    ],
)
def test_a_log_in_ends_by_its_age_and_by_idleness(idle, left, good):
    assert rules.is_good(seen_at=NOW - idle, expires_at=NOW + left, now=NOW) is good


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19 Safari/604",
            "Safari on iPhone",
        ),
        ("<script>", "A browser"),
    ],
)
def test_a_browser_is_told_in_words_of_ours(agent, words):
    assert rules.browser_of(agent) == words
