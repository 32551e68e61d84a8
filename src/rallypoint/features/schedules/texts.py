"""Everything this feature says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rallypoint.kernel import durations
from rallypoint.kernel.jobs import Job, Run, RunStatus, Schedule, spoken
from rallypoint.kernel.jobs.schedules import MOST_OF_GUILD, Listed

MOST_CHARACTERS = 2000
"""Of one message (docs: Resources > Message)."""

REFUSALS = {
    "interval_too_short": "Choose an interval of at least {shortest}.",
    "interval_too_long": "Choose an interval of at most {longest}.",
    "interval_not_a_number": "`{given}` is no length of time. Write seconds, such as `3600`.",
    "cron_invalid": "`{expression}` is no cron expression: {why}. Write five fields, such as `0 3 * * *`.",
    "cron_never": "`{expression}` names a time that never comes.",
    "zone_unknown": "There is no time zone `{zone}`. Did you mean `{nearest}`?",
    "once_passed": "That moment has passed. Choose a later one.",
    "moment_out_of_range": "`{given}` is beyond the calendar. Choose a nearer one.",
    "moment_without_zone": "`{given}` does not say in which zone. Add an offset, such as `+00:00`.",
    "recurrence_unknown": "A newer version wrote this schedule (`{how}`). Update this one.",
    "schedule_unknown": "There is no schedule `{schedule}`. `/schedule list` or `rallypoint schedules list` "
    "shows those there are.",
    "schedule_ambiguous": "Several schedules are called `{name}`. Name one by its number: `{numbers}`.",
    "schedule_kind_unknown": "There is no task `{kind}` to schedule here. Choose one of those offered.",
    "schedule_description_long": "Choose a description of at most {most} characters.",
    "field_required": "`{field}` cannot be left empty.",
    "when_not_understood": "I do not understand `{given}`. Write `every 6 h`, `every day at 20:00`, "
    "`Mon, Thu at 20:00`, `2026-12-01 20:00`, or the five fields of cron, such as `0 3 * * *`.",
    "config_not_words": "I do not understand `{given}`. Write `key=value` words, such as `{example}`.",
    "schedule_kind_stays": "What a schedule does cannot be changed. Make another one.",
    "schedule_name_invalid": "Choose a name of 1 to {most} characters.",
    "characters_invalid": "`{field}` has characters that cannot be shown. Leave them out.",
    "too_many_schedules": "This server has its {most} schedules. Remove one first.",
    "config_invalid": "`{field}` does not fit: {why}.",
    "attempts_out_of_range": "Choose 1 to {most} attempts.",
    "timeout_out_of_range": "Choose a time limit of 1 s to {longest}.",
    "builtin_stays": "`{name}` belongs to the program. Pause it instead.",
    "builtin_name_stays": "`{name}` belongs to the program, and keeps its name.",
    "builtin_dropped": "This version of the program does not have `{name}` any more. Remove it, or leave it.",
}

NONE_YET = "Nothing is scheduled on this server yet. `/schedule add` changes that."
_STATUS = {
    RunStatus.SUCCESS: "went well",
    RunStatus.FAILED: "failed",
    RunStatus.TIMED_OUT: "timed out",
    RunStatus.INTERRUPTED: "was cut off",
    RunStatus.SKIPPED: "left out",
}
LONGEST_LINE = 300
LONGEST_ERROR = 200


def listing(listed: Sequence[Listed], kinds: Mapping[str, Job], now: datetime) -> str:
    if not listed:
        return NONE_YET
    head = f"**Schedules of this server** ({len(listed)} of {MOST_OF_GUILD})"
    return fitted(head, [_line(each, kinds, now) for each in listed])


def shown(each: Listed, runs: Sequence[Run], kinds: Mapping[str, Job], now: datetime) -> str:
    row = each.schedule
    job = kinds.get(row.kind)
    lines = [
        f"{_said(row.description)}\n" if row.description else "",
        f"**What** {_said(job.words) if job and job.words else f'`{row.kind}`'}\n",
        f"**When** {when(row)}{_next(each, kinds, now)}\n",
        f"**Config** {_config(row.config)}\n" if row.config else "",
        f"**How it went last** {_last(each)}\n",
        f"-# Runs so far: {row.successes} went well, {row.failures} failed."
        f" Added {_moment(row.created_at, 'd')}{f' by <@{row.created_by}>' if row.created_by else ''}.",
    ]
    head = f"**{_said(row.name)}** `#{row.id}`\n{''.join(lines)}"
    return fitted(f"{head}\n**Last runs**", [_run(run) for run in runs]) if runs else head


def added(row: Schedule) -> str:
    return (
        f"`#{row.id}` **{_said(row.name)}** is added: {when(row)}."
        f" It runs {_moment(row.next_run_at)} for the first time."
    )


def started(row: Schedule) -> str:
    return f"**{_said(row.name)}** is to run now. `/schedule show` tells how it went."


def paused(row: Schedule) -> str:
    return f"**{_said(row.name)}** is paused. `/schedule resume` has it go on."


def resumed(row: Schedule) -> str:
    return f"**{_said(row.name)}** goes on: {when(row)}. It runs next {_moment(row.next_run_at)}."


def removed(row: Schedule) -> str:
    return f"**{_said(row.name)}** is removed."


def zone(name: str) -> str:
    return f"Times of the day are meant in the zone **{name}** here, where nothing else is said."


def choice(row: Schedule) -> str:
    """One of a list to choose from."""
    return f"{cut(row.name, 40)} · {spoken.when(row)}{'' if row.active else ' · paused'}"


def when(row: Schedule) -> str:
    """With a moment of its own, Discord shows it in the reader's zone."""
    return f"once, {_moment(row.once_at, 'F')}" if row.once_at else spoken.when(row)


def fitted(head: str, lines: Iterable[str]) -> str:
    """As many of *lines* as one message takes, and how many were left out."""
    said, left = head, list(lines)
    room = MOST_CHARACTERS - len("\n… and 999 more")
    while left and len(said) + 1 + len(left[0]) <= room:
        said = f"{said}\n{left.pop(0)}"
    return f"{said[:room]}\n… and {len(left)} more" if left else said


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _line(each: Listed, kinds: Mapping[str, Job], now: datetime) -> str:
    row, coming = each.schedule, _next(each, kinds, now)
    return f"- `#{row.id}` **{_said(row.name)}** – {when(row)}{coming} · {_last(each, short=True)}"


def _next(each: Listed, kinds: Mapping[str, Job], now: datetime) -> str:
    row = each.schedule
    if not row.active:
        return " · **paused**"
    if missing := each.waits_for(kinds.get(row.kind), now):
        return f" · **waits for {spoken.WAITED_FOR[missing]}**"
    return f" · next {_moment(row.next_run_at)}" if row.next_run_at else ""


def _last(each: Listed, *, short: bool = False) -> str:
    row = each.schedule
    if each.running_since is not None:
        return f"running, since {_moment(each.running_since)}"
    if each.parked is not None:
        return f"stopped: {_code(spoken.last_words(each.parked))}"
    if row.last_status is None:
        return "not run yet"
    error = "" if short or not row.last_error else f": {_code(spoken.last_words(row.last_error))}"
    return f"{_went(row.last_status)} {_moment(row.last_run_at)}{error}"


def _run(run: Run) -> str:
    took = durations.words(run.finished_at - run.started_at)
    exact = f"{(run.finished_at - run.started_at) / timedelta(seconds=1):.1f} s"
    took = exact if run.finished_at - run.started_at < timedelta(minutes=1) else took
    error = f": {_code(spoken.last_words(run.error))}" if run.error else ""
    return f"- {_moment(run.started_at, 'f')} {_went(run.status)} after {took}{error}"


def _went(status: str) -> str:
    return _STATUS.get(RunStatus(status), status) if status in set(RunStatus) else status


def _config(config: Mapping[str, Any]) -> str:
    return cut(" ".join(_code(f"{key}={value}") for key, value in config.items()), LONGEST_LINE)


def _moment(moment: datetime | None, style: str = "R") -> str:
    return "–" if moment is None else f"<t:{int(moment.timestamp())}:{style}>"


def _said(text: str) -> str:
    """What somebody wrote brings no markdown of its own."""
    return re.sub(r"([\\*_~`|<>#\[\]()])", r"\\\1", cut(" ".join(text.split()), LONGEST_LINE))


def _code(text: str) -> str:
    return f"`{cut(text, LONGEST_ERROR).replace('`', chr(39))}`"
