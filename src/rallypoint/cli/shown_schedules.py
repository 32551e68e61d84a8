"""How schedules and their runs are shown, to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rallypoint.kernel.jobs import Job, Run, spoken
from rallypoint.kernel.jobs.schedules import Listed

Kinds = Mapping[str, Job]


def listing_as_json(listed: Sequence[Listed], kinds: Kinds, now: datetime) -> None:
    print(json.dumps([_as_json(each, kinds, now) for each in listed]))


def listing_table(listed: Sequence[Listed], kinds: Kinds, now: datetime) -> None:
    table = _table("id", "name", "when", "next (UTC)", "last (UTC)", "how it went")
    for each in listed:
        row = each.schedule
        table.add_row(
            str(row.id),
            escape(row.name),
            escape(spoken.when(row)),
            _moment(row.next_run_at) if row.active else "paused",
            _moment(row.last_run_at),
            escape(_status(each, kinds, now)),
        )
    _print(table)


def history_as_json(runs: Sequence[Run]) -> None:
    names = ("due_at", "started_at", "finished_at", "attempt", "status", "error", "worker")
    print(json.dumps([{name: _json(getattr(run, name)) for name in names} for run in runs]))


def history_table(runs: Sequence[Run]) -> None:
    table = _table("due (UTC)", "started (UTC)", "took", "attempt", "status", "error")
    for run in runs:
        took = (run.finished_at - run.started_at).total_seconds()
        error = (run.error or "").strip().rpartition("\n")[2]
        moments = (_moment(run.due_at), _moment(run.started_at), f"{took:.3f} s")
        table.add_row(*moments, str(run.attempt), run.status, escape(error))
    _print(table)


def _status(each: Listed, kinds: Kinds, now: datetime) -> str:
    if each.running_since is not None:
        return "running"
    if each.parked is not None:
        return f"stopped: {each.parked.strip().rpartition(chr(10))[2]}"
    if missing := each.waits_for(kinds.get(each.schedule.kind), now):
        return f"waits for {spoken.WAITED_FOR[missing]}"
    return each.schedule.last_status or "–"


def _as_json(each: Listed, kinds: Kinds, now: datetime) -> dict[str, Any]:
    names = (
        *("id", "name", "builtin", "guild_id", "description", "kind", "config", "active"),
        *("next_run_at", "last_run_at", "last_status", "last_error", "successes", "failures"),
    )
    row = {name: _json(getattr(each.schedule, name)) for name in names}
    return row | {
        "when": spoken.when(each.schedule),
        "running_since": _json(each.running_since),
        "parked": each.parked,
        "waits_for": each.waits_for(kinds.get(each.schedule.kind), now),
    }


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column == "name")
    return table


def _print(table: Table) -> None:
    Console(highlight=False).print(table)
