"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS = {
    "setting_unknown": "There is no setting `{key}`. Did you mean `{nearest}`?",
    "setting_invalid": "`{key}` cannot be set to `{given}`: {reason}.",
}
