"""Everything this feature says to people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from rallypoint.features.presence.api import Present
from rallypoint.kernel import durations
from rallypoint.kernel.ids import UserId

from .rules import Period, Time

MOST_CHARACTERS = 2000
"""Of one message (docs: Resources > Message)."""
REFUSALS = {
    "time_of_others_hidden": "On this server you may see your own time in voice, but not that of others.",
    "voice_channel_unknown": "There is no such voice channel for you.",
    "too_many_streams": "You have {most} streams open, the most there may be. Close one first.",
}

UNKNOWN = "I do not know who is in voice just now: this server had an outage, or I was away. Try again in a minute."
NOBODY = "Nobody is in voice where you can see it."
NOBODY_THERE = "Nobody is in there."
BOT = " 🤖"
KEPT = (
    "I keep a history of when you are in voice, on every server I am on. "
    "`/voice export` shows it, `/voice forget` deletes it, `/voice privacy history:off` ends it."
)
NOT_KEPT = (
    "I keep no history of when you are in voice. While you are, I know it: rooms need to, and who may look sees it. "
    "`/voice privacy history:on` changes that."
)
TURNED_ON = (
    "From now on I keep a history of when you are in voice. `/voice privacy history:off` ends it."
)
TURNED_OFF = (
    "From now on I keep no history of when you are in voice; what there is of the present stay goes when it ends. "
    "`/voice forget` deletes what I have kept until now."
)
EXPORTED = "This is all that I keep about you in voice. Only you see this message."
FORGET, KEEP = "Forget it", "Keep it"
KEPT_AFTER_ALL = "Nothing was deleted."
FAILED = "That did not work just now. Try again in a minute."

PERIODS = {
    Period.TODAY: "today",
    Period.WEEK: "in the last 7 days",
    Period.MONTH: "in the last 30 days",
    Period.ALL: "as far back as it is kept",
}


def who(present: Sequence[Present], *, in_one: bool) -> str:
    if not present:
        return NOBODY_THERE if in_one else NOBODY
    lines = []
    for channel_id, there in groupby(present, key=lambda each: each.channel_id):
        lines.append(f"**<#{channel_id}>**")
        lines += [_line(each) for each in there]
    return fitted(lines)


def _line(each: Present) -> str:
    about = "since before" if each.estimated else "since"
    return (
        f"- <@{each.user_id}>{BOT if each.bot else ''} {about} <t:{int(each.since.timestamp())}:R>"
    )


def time(spent: Time, user_id: UserId, period: Period) -> str:
    head = f"<@{user_id}> in voice, {PERIODS[period]}:"
    if not spent.stays:
        return f"{head} nothing."
    lines = [
        head,
        f"- **{words(spent.present)}** present, {_times(spent.stays)}",
        f"- {words(spent.unmuted)} not muted",
        f"- {words(spent.undeafened)} not deafened",
        f"- {words(spent.in_company)} with others",
    ]
    if spent.unseen >= 1:
        lines.append(
            f"-# {words(spent.unseen)} of it I could not see, so only the first line has it."
        )
    return "\n".join(lines)


def _times(stays: int) -> str:
    return "in one stay" if stays == 1 else f"in {stays} stays"


def words(seconds: float) -> str:
    """Two units at most: "3 h 20 min"."""
    return " ".join(durations.words(timedelta(seconds=round(seconds))).split()[:4])


def ask_to_forget(stays: int) -> str:
    return (
        f"I keep {stays} stays of yours, of all servers I am on. Delete them, and what was recorded of you for others? "
        "That cannot be undone."
    )


def forgotten(stays: int) -> str:
    return f"Deleted: {stays} stays. What was recorded for others follows within a minute."


def fitted(lines: Iterable[str]) -> str:
    """As many as one message takes, and how many were left out."""
    said, left = "", list(lines)
    room = MOST_CHARACTERS - len("\n… and 9999 more")
    while left and len(said) + 1 + len(left[0]) <= room:
        said = f"{said}\n{left.pop(0)}"
    return f"{said}\n… and {len(left)} more".strip() if left else said.strip()
