"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS: dict[str, str] = {
    "delivery_unknown": "There is no delivery `{delivery}` to this destination. Its log shows those there are.",
    "no_curl": "What goes there is not sent by a tool that a line could show.",
    "destination_not_active": "`{name}` is {state}. Resume it first.",
    "event_unknown": "There are no events `{kind}`. Choose one of those offered.",
}
