"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS = {
    "too_many_pages": "You have {most} live pages open, the most there may be. Close one of them.",
    "member_lacks_role": "That is for {role} of this server. Ask somebody with Manage Server to give you the part.",
    "setting_unknown": "There is no setting `{key}`. Did you mean `{nearest}`?",
    "setting_invalid": "`{key}` cannot be set to `{given}`: {reason}.",
}
