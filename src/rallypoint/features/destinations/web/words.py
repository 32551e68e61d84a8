"""What codes mean, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from rallypoint.features.destinations import texts
from rallypoint.ui.web.page import Page


def why(page: Page) -> Callable[[str | None], str]:
    """A reason in words."""

    def why(code: str | None) -> str:
        if code and code.startswith("status_"):
            return page.say(texts.ANSWERED, status=code.removeprefix("status_"))
        return page.say(texts.REASONS.get(code, code)) if code else ""

    return why
