"""Everything this feature says. Pure."""

from __future__ import annotations

from rallypoint.ui.web.languages import N_

SAVED = N_("Saved.")
RESET = N_("Reset to what it inherits.")
TAKEN_IN = N_("Taken in: {count} settings.")

REFUSALS = {
    "settings_file_invalid": "That is no file of settings. Take one that Export has made.",
    "too_many_pages": "You have {most} live pages open, the most there may be. Close one of them.",
    "member_lacks_role": "That is for {role} of this server. Ask somebody with Manage Server to give you the part.",
    "not_operator": "That is for whoever runs this program: those of RALLYPOINT_OPERATORS, and the owner or team of "
    "the bot's application.",
    "setting_not_of_channel": "`{key}` is the same in all channels of a server.",
    "setting_of_program": "`{key}` is set for the whole program, by whoever runs it.",
    "setting_unknown": "There is no setting `{key}`. Did you mean `{nearest}`?",
    "setting_invalid": "`{key}` cannot be set to `{given}`: {reason}.",
}
