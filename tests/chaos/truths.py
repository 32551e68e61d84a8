"""What must hold of a world in which every deadline has passed, however often the program was killed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

from .stores import SAME, Row, moment, read
from .told import TRUTHS as TOLD
from .world import LIVE_ROOMS, World

ENDS = ("sessions.completed", "sessions.failed")
MAY_CONNECT = 1 << 20
Truth = Callable[[World], AsyncIterator[str]]


async def untrue(world: World) -> list[str]:
    """Each breach in words."""
    return [f"{truth.__name__}: {words}" for truth in TRUTHS async for words in truth(world)]


async def no_orphan(world: World) -> AsyncIterator[str]:
    """A channel of the bot's is gone, or people are in it and exactly one live row names it."""
    named = Counter(str(row["channel_id"]) for row in await world.store.rows(LIVE_ROOMS))
    for channel_id in world.rooms:
        if named[channel_id] != 1:
            yield f"{channel_id} exists and is named by {named[channel_id]} live rows"
        elif not world.humans_in(channel_id):
            yield f"{channel_id} exists, and nobody is in it"


async def no_ghost(world: World) -> AsyncIterator[str]:
    """No live row is about something that is gone."""
    for row in await world.store.rows(LIVE_ROOMS):
        if row["channel_id"] is None or not world.exists(str(row["channel_id"])):
            yield f"the row {row['id']} is {row['state']}, and its channel {row['channel_id']} is not there"
        elif row["state"] != "open":
            yield f"the row {row['id']} is {row['state']}, and people are in it"


async def nothing_foreign_touched(world: World) -> AsyncIterator[str]:
    for channel_id in world.foreign:
        if not world.exists(channel_id):
            yield f"the channel {channel_id} of somebody else is gone"
    bot_id = world.fake.application_id
    for entry in world.guild.state.audit_log.values():
        if entry.user_id == bot_id and entry.target_id in world.foreign:
            yield f"the bot did {entry.action_type} to {entry.target_id}, which is not its own"
    for request in world.fake.requests:
        parts = request.path.split("/")
        if request.method in ("DELETE", "PATCH", "PUT") and world.foreign & {*parts}:
            yield f"the bot asked for {request.method} {request.path}, which is not its own"


async def nobody_thrown_out(world: World) -> AsyncIterator[str]:
    states = world.guild.state.voice_states
    for sitting in world.sittings:
        if sitting.until is None and sitting.user_id != int(world.eve.id):
            state = states.get(str(sitting.user_id))
            if state is None or state.channel_id != str(sitting.channel_id):
                yield f"{sitting.user_id} sat in {sitting.channel_id} and was thrown out"


async def no_double(world: World) -> AsyncIterator[str]:
    """One create an operation, one operation an asking; one deletion a channel, and only of what a row names."""
    for reason, count in Counter(world.operations).items():
        if count > 1 or "rallypoint op" not in reason:
            yield f"{count} channels were created for {reason!r}"
    rows = await world.store.rows("SELECT * FROM room")
    # Whoever sits in a lobby is given another, when the first could not be made.
    made = [row for row in rows if row["channel_id"] is not None or row["state"] != "closed"]
    if len(made) > world.askings:
        yield f"{len(made)} rooms for {world.askings} askings"
    named = {str(row["channel_id"]) for row in rows}
    for channel_id, count in Counter(world.deleted).items():
        if count > 1 or channel_id not in named:
            yield f"{channel_id} was deleted {count} times, and rows name {named}"


async def stays_are_true(world: World) -> AsyncIterator[str]:
    """Each stay has one start and one end; what was seen is exact; who is in now has the one that is open."""
    rows = await world.store.rows("SELECT * FROM voice_stay WHERE NOT bot ORDER BY started_at, id")
    of_user: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        of_user[row["user_id"]].append(row)
    for user_id, stays in of_user.items():
        sat = [each for each in world.sittings if each.user_id == user_id]
        if len(stays) > len(sat):
            yield f"{len(stays)} stays of {user_id}, who sat down {len(sat)} times"
        for before, after in pairwise(stays):
            if before["ended_at"] is None or moment(before["ended_at"]) > moment(
                after["started_at"]
            ):
                yield f"two stays of {user_id} at a time: {before['id']} and {after['id']}"
        for each in ("start", "end"):
            for words in _untrue_ends(stays, sat, each):
                yield words
    now_in = {(each.user_id, each.channel_id) for each in world.sittings if each.until is None}
    is_open = [(row["user_id"], row["channel_id"]) for row in rows if row["ended_at"] is None]
    if sorted(now_in) != sorted(is_open):
        yield f"in voice are {now_in}, and the ledger says {is_open}"


def _untrue_ends(stays: list[Row], sat: list[Any], which: str) -> list[str]:
    column, estimated = f"{which}ed_at", f"{which}_estimated"
    seen = [row for row in stays if row[column] is not None and not row[estimated]]
    true = [
        (each.channel_id, at)
        for each in sat
        if (at := each.since if which == "start" else each.until) is not None
    ]
    wrong = []
    for row in seen:
        at = moment(row[column])
        match = next((t for t in true if t[0] == row["channel_id"] and abs(t[1] - at) < SAME), None)
        if match is None:
            wrong.append(f"the {which} of the stay {row['id']} at {at} was not, or was told twice")
        else:
            true.remove(match)
    return wrong


async def events_alternate(world: World) -> AsyncIterator[str]:
    """Activated and emptied, of each channel; and who replays the joins and leaves has the ledger."""
    rows = await world.store.rows("SELECT kind, subject, data FROM outbox ORDER BY position")
    last: dict[str, str] = {}
    inside: set[tuple[int, int]] = set()
    for row in rows:
        data = read(row)
        if row["kind"] in ("presence.activated", "presence.emptied"):
            if last.get(row["subject"], "presence.emptied") == row["kind"]:
                yield f"{row['kind']} twice in a row for {row['subject']}"
            last[row["subject"]] = row["kind"]
        elif row["kind"] in ("presence.joined", "presence.left") and not data["bot"]:
            who = int(data["user_id"]), int(data["channel_id"])
            if (who in inside) == (row["kind"] == "presence.joined"):
                yield f"{row['kind']} of {who}, who was {'in' if who in inside else 'out'} already"
            inside ^= {who}
    true = {(each.user_id, each.channel_id) for each in world.sittings if each.until is None}
    if inside != true:
        yield f"the events end with {inside}, and in voice are {true}"


async def outcomes_are_single(world: World) -> AsyncIterator[str]:
    """What an event is to one subscriber is done once; nothing has failed for good or waits in the past."""
    ran = await world.store.rows("SELECT key FROM run WHERE status = 'success' AND key IS NOT NULL")
    succeeded = Counter(row["key"] for row in ran)
    events = {row["id"] for row in await world.store.rows("SELECT id FROM outbox")}
    for key, count in succeeded.items():
        if key.partition(":")[0] in events and count > 1:
            yield f"{key} succeeded {count} times"
    for row in await world.store.rows("SELECT * FROM timer WHERE state = 'failed'"):
        yield f"{row['kind']} {row['key']} has failed: {row['last_error']}"


async def sessions_are_over(world: World) -> AsyncIterator[str]:
    """Or their member and the bot sit in their room; each of both in no other, and nobody waits for a free seat."""
    bot_id, open_in = world.fake.application_id, []
    rows = await world.store.rows("SELECT * FROM voice_session ORDER BY id")
    active = [row for row in rows if row["ended_at"] is None]
    for row in active:
        if row["state"] == "requested":
            continue
        channel_id = str(row["channel_id"])
        open_in.append(channel_id)
        voices = world.guild.state.voice_states.values()
        inside = {each.user_id for each in voices if each.channel_id == channel_id}
        if row["state"] != "running" or not {bot_id, str(row["member_id"])} <= inside:
            yield f"the session {row['id']} is {row['state']}, and in its room are {inside}"
    if len(open_in) > 1:
        yield f"{len(open_in)} sessions are open in one guild"
    if active and not open_in:
        yield f"{len(active)} sessions wait for a seat that is free"
    bot = world.guild.state.voice_states.get(bot_id)
    if bot is not None and bot.channel_id not in open_in:
        yield f"the bot sits in {bot.channel_id}, where there is no session"


async def sessions_end_once(world: World) -> AsyncIterator[str]:
    """Each for a reason that there was, its seat free, its room gone before it; and that is told once."""
    told: defaultdict[int, list[str]] = defaultdict(list)
    rooms_over: set[int] = set()
    for event in await world.store.rows("SELECT kind, data FROM outbox ORDER BY position"):
        data = read(event)
        if event["kind"] == "rooms.closed":
            rooms_over.add(data["room_id"])
        elif event["kind"].startswith("sessions."):
            told[data["session_id"]].append(event["kind"].partition(".")[2])
            if event["kind"] in ENDS:
                over = await world.store.rows(
                    f"SELECT room_id FROM voice_session WHERE id = {data['session_id']}"
                )
                if not {row["room_id"] for row in over} <= {None, *rooms_over}:
                    yield f"the session {data['session_id']} ended before its room"
    for row in await world.store.rows("SELECT * FROM voice_session"):
        has_ended, has_started = row["ended_at"] is not None, row["started_at"] is not None
        tale = ["queued", *["started"] * has_started]
        tale += ["completed" if has_started else "failed"] * has_ended
        if told[row["id"]] != tale:
            yield f"of the session {row['id']} was told {told[row['id']]}, and it was {tale}"
        if not has_ended:
            continue
        if row["slot"] is not None or row["state"] != "ended":
            yield f"the session {row['id']} has ended, is {row['state']} and holds {row['slot']}"
        if row["reason"] not in await _reasons(world, row):
            yield f"the session {row['id']} ended for {row['reason']!r}, which was not"


async def _reasons(world: World, row: Row) -> set[str]:
    """For which it may have ended, by what people did."""
    sat = [
        each
        for each in world.sittings
        if (each.user_id, each.channel_id) == (row["member_id"], row["channel_id"])
    ]
    reasons = {*world.hands}
    if any(each.until is not None for each in sat):
        reasons.add("left")
    deadline = await _deadline(world, row)
    # People find a room whose time is just over, or was while the program was dead; or come and go while it is.
    came_late = all(deadline and deadline - SAME < each.since for each in sat)
    if row["room_id"] and (came_late or not await _was_seen(world, row)):
        reasons.add("timeout")
    if not sat and (world.record.killed or world.record.pauses):
        # Nobody can come into a room that could not be made.
        reasons.add("failed")
    return reasons


async def _was_seen(world: World, row: Row) -> bool:
    """The member in the room. Who was there only while the program was dead was not."""
    of = f"channel_id = {row['channel_id'] or 0} AND user_id = {row['member_id']}"
    stays = await world.store.rows(f"SELECT id FROM voice_stay WHERE {of}")
    return bool(stays) or not (world.record.killed or world.record.pauses)


async def _deadline(world: World, row: Row) -> float | None:
    """When a session's member was to have come, by the first look at whether they had."""
    key = f"sessions.expire:{row['id']}"
    [first] = await world.store.rows(f"SELECT min(due_at) AS due_at FROM run WHERE key = '{key}'")
    return None if first["due_at"] is None else moment(first["due_at"])


async def owners_wishes_are_so(world: World) -> AsyncIterator[str]:
    """A room is called as its row says, nobody waits for another name, and what is noted as locked is."""
    panels = {row["room_id"]: row for row in await world.store.rows("SELECT * FROM room_panel")}
    for row in await world.store.rows(LIVE_ROOMS):
        channel = world.fake.core.world.channel(str(row["channel_id"]))
        panel = panels.get(row["id"])
        if channel is None or panel is None:
            continue
        wished = panel["wished_name"]
        if channel.name != row["name"] or wished is not None:
            yield f"{channel.id} is {channel.name}, by its row {row['name']}, by a wish {wished}"
        shut = {each.id for each in channel.overwrites if each.deny & MAY_CONNECT}
        if panel["locked"] and world.guild.id not in shut:
            yield f"{channel.id} is locked by its row, and everybody may come in"


async def the_database_is_sound(world: World) -> AsyncIterator[str]:
    for words in await world.store.damage():
        yield words


TRUTHS: tuple[Truth, ...] = (
    no_orphan,
    no_ghost,
    nothing_foreign_touched,
    nobody_thrown_out,
    no_double,
    stays_are_true,
    events_alternate,
    outcomes_are_single,
    sessions_are_over,
    sessions_end_once,
    owners_wishes_are_so,
    *TOLD,
    the_database_is_sound,
)
