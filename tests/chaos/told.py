"""What must hold of what receivers were told: nothing is lost or made up, and all of it comes in its order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from .stores import SAME, Row, moment, read
from .wishes import Callout, Choosy
from .world import World

HOUR = 3600.0
DELIVERIES = "SELECT destination_id, event_id, subject, state FROM delivery ORDER BY id"
MOVES = (
    "SELECT position, id, kind, subject, at, data FROM outbox"
    " WHERE kind IN ('presence.joined', 'presence.left') ORDER BY position"
)
TO_CALL = (
    "SELECT destination.kind, delivery.state FROM delivery JOIN destination ON destination.id = destination_id"
    " ORDER BY delivery.id"
)


async def events_reach_their_receiver(world: World) -> AsyncIterator[str]:
    """Each once at least, the same every time, in order for its subject; or it lies among the dead."""
    if world.subscribed_after is None:
        return
    told = "SELECT id, data FROM outbox WHERE position > {} AND kind LIKE 'presence.%' ORDER BY position"
    rows = await world.store.rows(told.format(world.subscribed_after))
    events = [row["id"] for row in rows if read(row)["guild_id"] == int(world.guild.id)]
    rows = await world.store.rows(DELIVERIES)
    for words in _untold(world, events, rows):
        yield words


def _untold(world: World, events: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    states = {row["event_id"]: row["state"] for row in rows}
    first: dict[str, Any] = {}
    for each in world.receiver.got:
        body = each.json
        if first.setdefault(body["id"], body) != body or each.headers["webhook-id"] != body["id"]:
            yield f"the event {body['id']} was told in two ways"
    for event_id in events:
        state = states.get(event_id)
        if state not in ("delivered", "dead"):
            yield f"the event {event_id} is {state}, when all is done"
        elif state == "delivered" and event_id not in first:
            yield f"the event {event_id} was told to nobody, and is {state}"
    order = {row["event_id"]: number for number, row in enumerate(rows)}
    # Another, without conditions, may be told of more.
    for before, after in _in_a_row(each for event_id, each in first.items() if event_id in order):
        if order[before] > order[after]:
            yield f"the event {after} came after {before}, of the same subject"


def _in_a_row(bodies: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """The ids of what came after each other of one subject."""
    last: dict[str, str] = {}
    for body in bodies:
        if body["subject"] in last:
            yield last[body["subject"]], body["id"]
        last[body["subject"]] = body["id"]


async def the_choosy_are_told_once(world: World) -> AsyncIterator[str]:
    """Just of what they asked for, each once, and that reaches them as all else does."""
    if (choosy := world.choosy) is None:
        return
    wanted = wanted_by(choosy, await world.store.rows(MOVES))
    told = await world.store.rows(DELIVERIES)
    rows = [row for row in told if row["destination_id"] == choosy.destination_id]
    if sorted(row["event_id"] for row in rows) != sorted(wanted):
        yield f"told was of {[row['event_id'] for row in rows]}, and it was {wanted}"
    for words in _untold(world, wanted, rows):
        yield words


def wanted_by(choosy: Choosy, moves: Sequence[Row]) -> list[str]:
    """The ids of the joins, in the order in which they are to be told of."""
    ready = [
        (due, row["id"])
        for due, row in sorted(_gathered(choosy, moves), key=lambda each: each[0])
        if choosy.users is None or int(read(row)["user_id"]) in choosy.users
    ]
    wanted: list[tuple[float, str]] = []
    for due, event_id in ready:
        lately = sum(due - before < HOUR for before, _ in wanted)
        if choosy.most_per_hour is None or lately < choosy.most_per_hour:
            wanted.append((due, event_id))
    return [event_id for _, event_id in wanted]


def _gathered(choosy: Choosy, moves: Sequence[Row]) -> Iterator[tuple[float, Row]]:
    """Those who made them enough, who then were so for long enough; and when that was."""
    inside: defaultdict[str, set[int]] = defaultdict(set)
    since: dict[str, tuple[float, Row]] = {}
    for row in moves:
        data = read(row)
        there, at, user = inside[row["subject"]], moment(row["at"]), int(data["user_id"])
        were = len(there)
        if not data["bot"]:
            (there.add if row["kind"] == "presence.joined" else there.discard)(user)
        if were < choosy.at_least <= len(there):
            since[row["subject"]] = at, row
            if not choosy.for_seconds and row["position"] > choosy.after:
                yield at, row
        elif were >= choosy.at_least > len(there):
            began, joined = since.pop(row["subject"])
            held = choosy.for_seconds and at - began >= choosy.for_seconds - SAME
            if held and joined["position"] > choosy.after:
                yield began + choosy.for_seconds, joined


async def changes_are_called_out(world: World) -> AsyncIterator[str]:
    """Of the channel that the file names, to each address in its order and into the list, as dbot does."""
    if (channels := world.channels) is None:
        return
    moves = [
        row
        for row in await world.store.rows(MOVES)
        if row["subject"] == f"channel:{channels.channel_id}"
    ]
    wanted = list(called_out(moves))
    for row in await world.store.rows(TO_CALL):
        if row["state"] not in ("delivered", "dead"):
            yield f"something for a {row['kind']} is {row['state']}, when all is done"
    urls = [url for each in wanted for url in channels.urls(each)]
    got = [each.path for each in world.receiver.got]
    cut_off = bool(world.record.killed or world.record.pauses)
    for words in strayed("addresses", got, urls, cut_off=cut_off):
        yield words
    if channels.queue is not None:
        lies = await channels.pushed()
        for words in strayed("the list", lies, wanted, cut_off=cut_off):
            yield words


def strayed(
    name: str, got: Sequence[Any], wanted: Sequence[Any], *, cut_off: bool
) -> Iterator[str]:
    """What is wrong if it was not told as *wanted*: each once at least, and none before the one ahead of it. Who was
    *cut_off* may begin again further back."""
    at = last = -1
    for each in got:
        if wanted[at + 1 : at + 2] == [each]:
            at += 1
        elif at < 0 or wanted[at] != each:
            before = [place for place in range(last + 1) if wanted[place] == each]
            if not before or not cut_off:
                yield f"{name}: {each} came after {wanted[at] if at >= 0 else 'nothing'}"
                return
            at = before[-1]
        last = max(last, at)
    if last + 1 < len(wanted):
        yield f"{name}: {len(wanted) - last - 1} never came, the first of them {wanted[last + 1]}"


def called_out(moves: Iterable[Row]) -> Iterator[Callout]:
    """What a snapshot shows is one change; anything else is one by itself."""
    inside: dict[int, None] = {}
    for at, together in groupby(moves, key=_of_snapshot):
        for change in [list(together)] if at is not None else [[row] for row in together]:
            before = dict(inside)
            for row in change:
                user = int(read(row)["user_id"])
                if row["kind"] == "presence.joined":
                    inside.setdefault(user, None)
                else:
                    inside.pop(user, None)
            when = moment(change[-1]["at"])
            for user in inside:
                if user not in before:
                    yield Callout("new_user", (user,), when)
            for user in before:
                if user not in inside:
                    yield Callout("user_left", (user,), when)
            if inside and not before:
                yield Callout("users_connected", tuple(inside), when)
            elif before and not inside:
                yield Callout("users_left", (), when)


def _of_snapshot(row: Row) -> str | None:
    return str(row["at"]) if read(row).get("estimated_since") else None


TRUTHS = (events_reach_their_receiver, the_choosy_are_told_once, changes_are_called_out)
