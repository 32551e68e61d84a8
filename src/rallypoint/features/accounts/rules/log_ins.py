"""What a log-in carries, how long it lasts, and where it may lead. Pure, but for the random bits."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from rallypoint.kernel.words import Words

IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
ON_THE_WAY = timedelta(minutes=10)
"""That somebody may take to say yes at Discord."""
RENEWED_WITHIN = timedelta(seconds=30)
"""After that, who renews Discord's tokens for a log-in is taken for dead."""
SEEN_AT_MOST_EVERY = timedelta(minutes=1)
HOME = "/servers"

_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~%?&=,:@+-]*", re.ASCII)
_TEXT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("SamsungBrowser", "Samsung")),
    *(("Chrome", "Chrome"), ("CriOS", "Chrome"), ("FxiOS", "Firefox"), ("Safari", "Safari")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def new_text() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def could_be_ours(text: str) -> bool:
    return _TEXT.fullmatch(text) is not None


def is_good(*, seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    return now < expires_at and now - seen_at < IDLE


def destination(wanted: str | None) -> str:
    """A page of ours and nothing else, wherever *wanted* would lead."""
    if not wanted or len(wanted) > 500 or not _PATH.fullmatch(wanted):
        return HOME
    path = wanted.partition("?")[0]
    leads_back = path.startswith(("/log", "/api/", "/static/")) or ".." in path
    return HOME if leads_back else wanted


def browser_of(user_agent: str) -> str:
    """ "Firefox on Linux", as far as it says so."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), Words("A browser"))
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def named(browser: str) -> Words:
    """What `browser_of` said."""
    name, on, system = browser.partition(" on ")
    return Words("{browser} on {system}", browser=Words(name), system=system) if on else Words(name)
