"""The languages the pages speak, and how a text is marked for them."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from pathlib import Path

CATALOGS = Path(__file__).parent / "locale"
DEFAULT = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}


def N_(words: str) -> str:  # gettext's own name for it
    """Marks a text that is said later, in the reader's language."""
    return words


def translations(language: str) -> gettext.NullTranslations:
    """Without a catalog, which English has none of, everything is said as it is written."""
    return gettext.translation("messages", CATALOGS, [language], fallback=True)


def preferred(header: str) -> str:
    """By `Accept-Language`."""
    wishes: list[tuple[float, str]] = []
    for each in header[:500].split(","):
        tag, _, weight = each.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.partition("-")[0].lower()))
        except ValueError:
            continue
    known = (tag for _, tag in sorted(wishes, key=lambda wish: wish[0]) if tag in LANGUAGES)
    return next(known, DEFAULT)
