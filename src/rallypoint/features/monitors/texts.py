"""Everything this feature says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Finding, Grade

WORDS = "voice channels with what is called at their changes, from dbot's config.json"
LISTED = 10
"""Of many names so many are said."""

REFUSALS = {
    "monitor_file_unreadable": "{file} cannot be read: {reason}.",
    "monitor_file_broken": "The file is broken at line {line}, column {column}: {reason}.",
    "monitor_key_unknown": "There is no key {key} at {place}; did you mean {nearest}? Remarks begin with _.",
    "monitor_key_doubled": "The key {key} stands twice in {place}; keep one of them.",
    "monitor_key_missing": "{place} has no {key}; add it.",
    "monitor_value_wrong": "{place} must be {wanted}.",
    "monitor_channel_doubled": "{place}: the channel {channel} is that of {first} already; put both into one.",
    "monitor_address_wrong": "{place} cannot be called: {reason}",
    "monitor_channel_unknown": "{place}: the bot sees no channel {channel}; add the bot to its server, let it view the"
    " channel, or correct the id.",
    "monitor_channel_not_voice": "{place}: {channel} ({name}) is no voice channel; did you mean {nearest}?",
}


def words(refused: Refused) -> str:
    said = REFUSALS.get(refused.code)
    return said.format_map(refused.facts) if said else str(refused)


IMPORT_AGAIN = (
    "put back the key they were encrypted with (secret.key of the data folder, or RALLYPOINT_SECRET_KEYS) and start"
    " again; if it is lost, import their file again"
)


def cannot_start(refused: Refused) -> str:
    return f"RALLYPOINT_CHANNELS_FILE: {words(refused)} Mend the file, or unset the key"


def taken_in(
    *,
    new: Sequence[str],
    changed: Sequence[str],
    same: Sequence[str],
    removed: Sequence[str],
) -> str:
    counts = (
        (new, "new"),
        (changed, "changed"),
        (same, "as before"),
        (removed, "not in the file any more, and removed"),
    )
    said = ", ".join(f"{len(each)} {words}" for each, words in counts if each)
    return f"Channels: {said or 'none'}."


def idle(channels: Sequence[str]) -> str:
    return f"Nothing is sent for {_some(channels)}: no address and no queue is named there."


def queues(names: Sequence[str]) -> str:
    return f"Redis lists: {_some(names)}. They are in the Redis that RALLYPOINT_REDIS_URL names."


def private(places: Sequence[str]) -> Sequence[str]:
    return (
        "Not on the public internet, but allowed, for who runs the program has named it:"
        f" {_some(places)}. To let the servers' admins send there as well, set",
        f"  RALLYPOINT_HTTP_ALLOWED={','.join(places)}",
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more} more" if more > 0 else "")


def problem(told: Mapping[str, str]) -> str:
    return REFUSALS[told["code"]].format_map(told)


def seen(channels: int, problems: Sequence[str]) -> Sequence[Finding]:
    """The doctor's."""
    subject = "monitored channels"
    if problems:
        return [Finding(Grade.FAILURE, subject, each, "") for each in problems]
    return [Finding(Grade.OK, subject, f"{channels} of them, none with a problem")]


def ping_failed(reason: str) -> Finding:
    fix = "check RALLYPOINT_HEALTH_PING_URL"
    return Finding(Grade.WARNING, "health ping", f"the last one did not arrive ({reason})", fix)
