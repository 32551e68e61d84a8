"""What the ledger has found is called out. In the transaction that hands its events on, so once for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Bound, Fact, Prepared
from rallypoint.features.monitors.model import Monitor
from rallypoint.features.monitors.rules import callouts
from rallypoint.features.monitors.rules.callouts import Callout
from rallypoint.features.monitors.rules.changes import State, Step, apply, changes
from rallypoint.features.presence import api as presence
from rallypoint.kernel.events import Outbox, Recorded, is_of, subject_of
from rallypoint.kernel.ids import ulid

GATHER = "monitors.gather"
KINDS = (presence.Joined.kind, presence.Left.kind)

IS_MONITORED = is_of((presence.Joined, presence.Left)) & Outbox.subject.in_(
    select(subject_of("channel", Monitor.channel_id))
)

Steps = Mapping[str, Sequence[Step]]
"""By channel, in the order of the outbox."""


async def gather(session: AsyncSession, recorded: Sequence[Recorded], now: datetime) -> None:
    ours = [each for each in recorded if each.kind in KINDS]
    rows = await _rows(session, {_channel(each) for each in ours})
    if not rows:
        return
    ours = [each for each in ours if _channel(each) in rows]
    ours += await _rest_of_snapshots(session, ours, rows)
    steps = _steps(ours)
    bound: list[Bound] = []
    for channel_id, row in rows.items():
        for change in changes(steps[channel_id]):
            state, called = apply(state_of(row), change)
            write_state(row, state)
            if called:
                bound += (sent := _bound(row, called))
                _count(row, called, sent, (now - change[-1].at).total_seconds())
    await session.flush()
    if bound:
        await deliveries.enqueue(session, bound, now=now)


def state_of(row: Monitor) -> State:
    return State({int(user_id): str(name) for user_id, name in row.users}, row.seen_at)


def write_state(row: Monitor, state: State) -> None:
    users = [[user_id, name] for user_id, name in state.users.items()]
    if users != row.users:
        row.users = users
    row.seen_at = state.seen_at


async def _rows(session: AsyncSession, channels: Collection[str]) -> Mapping[str, Monitor]:
    if not channels:
        return {}
    rows = select(Monitor).where(Monitor.channel_id.in_(channels)).order_by(Monitor.channel_id)
    return {row.channel_id: row for row in await session.scalars(rows.with_for_update())}


async def _rest_of_snapshots(
    session: AsyncSession, ours: Sequence[Recorded], rows: Collection[str]
) -> Sequence[Recorded]:
    """What is shown by the same snapshots and comes with the next batch: all of one is one change. There it is known
    already, and changes nothing."""
    moments = {each.at for each in ours if each.data.get("estimated_since")}
    if not moments:
        return []
    last = max(each.position for each in ours)
    following = (
        select(Outbox)
        .where(Outbox.position > last, Outbox.relayed_at.is_(None))
        .where(Outbox.at.in_(moments), Outbox.kind.in_(KINDS))
        .order_by(Outbox.position)
    )
    found = [_recorded(row) for row in await session.scalars(following)]
    known = {each.position for each in ours}
    return [
        each
        for each in found
        if each.position not in known
        and _channel(each) in rows
        and each.data.get("estimated_since")
    ]


def _recorded(row: Outbox) -> Recorded:
    fleeting = row.erase_at is not None
    return Recorded(row.position, row.id, row.kind, row.at, row.data, row.subject, fleeting)


def _channel(recorded: Recorded) -> str:
    return recorded.subject.removeprefix("channel:")


def _steps(recorded: Sequence[Recorded]) -> Steps:
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    for each in recorded:
        data = each.data
        steps[_channel(each)].append(
            Step(
                data["user_id"],
                data.get("username", ""),
                each.kind == presence.Joined.kind,
                each.at,
                unseen=data.get("estimated_since") is not None,
                private=each.fleeting,
            )
        )
    return steps


def _bound(row: Monitor, called: Sequence[Callout]) -> list[Bound]:
    """Each address in its order; a list after them."""
    channel_id, bound = int(row.channel_id), []
    for callout in called:
        about = [person.id for person in callout.people]
        values = callouts.values(channel_id, callout)
        for destination, sealed in row.routes.get(callout.type.value, ()):
            prepared = Prepared(sealed=sealed, values=values, about=about)
            bound.append(Bound(destination, _fact(row, callout, prepared)))
        for destination in row.queues:
            prepared = Prepared(body=callouts.body(channel_id, callout), about=about)
            bound.append(Bound(destination, _fact(row, callout, prepared)))
    return bound


def _fact(row: Monitor, callout: Callout, prepared: Prepared) -> Fact:
    kind, subject = f"monitors.{callout.type}", f"channel:{row.channel_id}"
    return Fact(ulid(callout.at), kind, subject, callout.at, prepared.data())


def _count(row: Monitor, called: Sequence[Callout], sent: Sequence[Bound], late: float) -> None:
    lists = set(row.queues)
    pushed = sum(each.destination_id in lists for each in sent)
    done = {
        "notifications": len(called),
        "changes": 1,
        "seconds_to_call": max(0.0, late),
        "webhooks": len(sent) - pushed,
        "redis_events": pushed,
    }
    add_figures(row, done)


def add_figures(row: Monitor, done: Mapping[str, Any]) -> None:
    row.figures = row.figures | {name: row.figures.get(name, 0) + n for name, n in done.items()}
