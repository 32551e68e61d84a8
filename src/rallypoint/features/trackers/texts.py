"""Everything this feature says. Pure."""

from __future__ import annotations

WORDS = "voice channels that another bot looks after (voice_channels.json)"

REFUSALS = {
    "tracker_corrupt": "The file is broken at line {line}, column {column}: {reason}. Nothing was taken over.",
    "tracker_wrong": "The file is not a tracker of voice channels, at {where}: {reason}. Nothing was taken over.",
    "tracker_unreadable": "{file} cannot be read: {reason}.",
}


def taken_over(new: int, known: int) -> str:
    return f"{new} rooms taken over, {known} were known already."
