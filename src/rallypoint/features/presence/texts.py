"""Everything this feature says. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from rallypoint.kernel import durations
from rallypoint.kernel.feature import Finding, Grade

from .model import VoiceCheck


def checked(row: VoiceCheck | None, now: datetime) -> Finding:
    """The doctor's line."""
    if row is None:
        return Finding(Grade.OK, "voice ledger", "not compared with Discord yet; the bot does it")
    compared = f"{row.guilds} servers compared with what Discord said, {_ago(row, now)}"
    if row.differing:
        fix = "it was put right; if this comes again, report it with the log's lines about it"
        return Finding(Grade.WARNING, "voice ledger", f"{compared}: {row.detail}", fix)
    if row.differed_at is not None:
        compared += (
            f"; none differs, but {row.differed} did, last at {row.differed_at:%Y-%m-%d %H:%M} UTC"
        )
    return Finding(Grade.OK, "voice ledger", compared)


def _ago(row: VoiceCheck, now: datetime) -> str:
    seconds = max(0, round((now - row.at).total_seconds()))
    return f"{durations.words(timedelta(seconds=seconds))} ago"
