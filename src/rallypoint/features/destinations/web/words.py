"""What codes mean, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from rallypoint.features.destinations import texts
from rallypoint.features.destinations.service.replaying import Replayed
from rallypoint.kernel.words import Words
from rallypoint.ui.web.page import Page


def replayed(done: Replayed) -> Words:
    if done.left:
        return Words(texts.REPLAYED_BUT, count=done.count, names=", ".join(done.left))
    if not done.count:
        return Words(texts.NOTHING_TO_REPLAY)
    return Words(texts.REPLAYED, count=done.count)


def why(page: Page) -> Callable[[str | None], str]:
    """A reason in words."""

    def why(code: str | None) -> str:
        if code and code.startswith("status_"):
            return page.say(texts.ANSWERED, status=code.removeprefix("status_"))
        return page.say(texts.REASONS.get(code, code)) if code else ""

    return why
