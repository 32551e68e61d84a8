"""Each truth sees what it is there to see; and a plan can be read back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, cast

import pytest

from fakecord.rules import channels, voice
from tests.deliveries.receiver import Got

from . import truths
from .plan import Kill, Plan
from .stores import SqliteStore, moment, sqlite_store
from .wishes import Callout, Channels, Choosy
from .world import Sitting, World

NOW = "2030-01-01 00:00:00.000000"
OP = "Room for alice · rallypoint op 01J"


class Lie:
    """A world in which no program ever ran, with the traces that one could have left."""

    def __init__(self, world: World, store: SqliteStore) -> None:
        self.world = world
        self._rows = store._connection

    @contextmanager
    def _as_bot(self, reason=None):
        core = self.world.fake.core
        step = core.step(reason=reason)
        yield step
        core.commit(step)

    def made(self, reason=OP):
        with self._as_bot(reason) as step:
            return channels.create(step, self.world.guild.state, type=2, name="Raid night").id

    def deleted(self, channel_id):
        with self._as_bot() as step:
            state = self.world.guild.state
            channels.delete(step, state, state.channels[channel_id])

    def row(self, table, **values):
        """With something in each column that wants it."""
        for _, name, kind, wanted, default, key in self._rows.execute(
            f"PRAGMA table_info({table})"
        ):
            if wanted and default is None and not key and name not in values:
                values[name] = (
                    NOW if "TIME" in kind else 0 if "INT" in kind or "BOOL" in kind else ""
                )
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._rows.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()])

    def event(self, kind, subject, user_id=1, channel_id=2, at=None):
        guild_id = self.world.guild.id
        data = (
            f'{{"user_id": {user_id}, "channel_id": {channel_id}, "bot": false,'
            f' "guild_id": {guild_id}}}'
        )
        count = self._rows.execute("SELECT count(*) FROM outbox").fetchone()[0]
        at = at or NOW
        self.row("outbox", id=str(count), kind=kind, subject=subject, data=data, at=at)

    def session(self, told=(), closed=(), **values):
        """One, with what was *told* of it after the rooms that were *closed*."""
        self.row("voice_session", room_id=1, member_id=1, lane="default", **values)
        for number, (kind, data) in enumerate(
            [("rooms.closed", {"room_id": room_id}) for room_id in closed]
            + [(f"sessions.{each}", {"session_id": 1}) for each in told]
        ):
            self.row("outbox", id=f"s{number}", kind=kind, data=json.dumps(data))

    def stay(self, started_at, ended_at, *, estimated=False):
        self.row(
            "voice_stay",
            user_id=1,
            started_at=started_at,
            ended_at=ended_at,
            start_estimated=estimated,
            end_estimated=estimated,
        )


@pytest.fixture
async def lie(fake, sqlite_template, tmp_path):
    async with sqlite_store(sqlite_template, tmp_path) as store:
        yield Lie(World(fake, store, cast(Any, None), tmp_path, Plan("", "")), store)


async def orphan(lie):
    lie.made()


async def empty_room(lie):
    lie.row("room", channel_id=int(lie.made()), state="open", operation="1")


async def two_rows(lie):
    lie.row("room", channel_id=1, state="open", operation="1")
    lie.row("room", channel_id=None, state="creating", operation="2")


async def other_deleted(lie):
    lie.deleted(lie.world.looks_alike("Chess"))


async def thrown_out(lie):
    room = lie.made()
    await lie.world.joins(lie.world.bob, room)
    lie.deleted(room)


async def created_twice(lie):
    lie.made()
    lie.made()


async def unasked(lie):
    lie.row("room", channel_id=1, state="closed", operation="1")


async def two_stays_at_a_time(lie):
    lie.stay("2030-01-01 10:00:00", "2030-01-01 12:00:00", estimated=True)
    lie.stay("2030-01-01 11:00:00", "2030-01-01 13:00:00", estimated=True)


async def time_made_up(lie):
    lie.stay("2030-01-01 10:00:00", "2030-01-01 12:00:00")


async def stay_not_told(lie):
    await lie.world.joins(lie.world.bob, lie.made())


async def emptied_unactivated(lie):
    lie.event("presence.emptied", "channel:2")


async def joined_twice(lie):
    lie.event("presence.joined", "channel:2")
    lie.event("presence.joined", "channel:2")


async def handled_twice(lie):
    lie.event("presence.emptied", "channel:2")
    for _ in range(2):
        lie.row("run", key="0:rooms.follow_presence", status="success")


async def failed_for_good(lie):
    lie.row("timer", kind="rooms.close", key="1", state="failed")


async def session_without_end(lie):
    lie.session(state="running", channel_id=1, started_at=NOW)


async def waits_for_a_free_seat(lie):
    lie.session(state="requested")


async def bot_left_behind(lie):
    step = lie.world.fake.core.step()
    state, bot_id = lie.world.guild.state, lie.world.fake.application_id
    voice.join(step, state, bot_id, state.channels[lie.world.looks_alike("Chess")])
    lie.world.fake.core.commit(step)


async def ended_before_its_room(lie):
    lie.world.hands.add("closed")
    lie.session(["queued", "failed"], state="ended", ended_at=NOW, reason="closed")


async def end_told_twice(lie):
    lie.world.hands.add("closed")
    told = ["queued", "failed", "failed"]
    lie.session(told, [1], state="ended", ended_at=NOW, reason="closed")


async def ended_for_what_was_not(lie):
    lie.session(["queued", "failed"], [1], state="ended", ended_at=NOW, reason="disconnected")


async def in_time_and_called_late(lie):
    called_late(lie, seconds=-0.1)


def called_late(lie, *, seconds):
    """Who came so long after the deadline."""
    lie.world.sittings.append(Sitting(1, 2, moment(NOW) + seconds))
    told, why = ["queued", "failed"], {"ended_at": NOW, "reason": "timeout"}
    lie.session(told, [1], state="ended", channel_id=2, **why)
    lie.row("run", key="sessions.expire:1", due_at=NOW, status="success")


async def seat_kept(lie):
    lie.world.hands.add("closed")
    told = ["queued", "failed"]
    lie.session(told, [1], state="ended", ended_at=NOW, reason="closed", slot=0)


async def name_not_as_noted(lie):
    lie.row("room", id=1, channel_id=int(lie.made()), state="open", name="Chess")
    lie.row("room_panel", room_id=1)


async def lock_not_as_noted(lie):
    lie.row("room", id=1, channel_id=int(lie.made()), state="open", name="Raid night")
    lie.row("room_panel", room_id=1, locked=1)


async def event_not_told(lie):
    told(lie, "delivered", got=False)


async def event_forgotten(lie):
    told(lie, None, got=False)


async def event_left_waiting(lie):
    told(lie, "pending", got=True)


async def event_told_in_two_ways(lie):
    told(lie, "delivered", got=True)
    lie.world.receiver.got.append(telling("0", "channel:2", flags=1))


async def event_out_of_turn(lie):
    told(lie, "delivered", got=False)
    lie.event("presence.left", "channel:2")
    lie.row("delivery", event_id="1", subject="channel:2", state="delivered")
    lie.world.receiver.got += [telling("1", "channel:2"), telling("0", "channel:2")]


async def two_together_told_of_too_early(lie):
    two_together(lie, seconds=59)
    lie.row("delivery", event_id="1", subject="channel:2", state="delivered")


async def two_together_not_told_of(lie):
    two_together(lie, seconds=60)


async def two_together_told_of_both(lie):
    two_together(lie, seconds=60)
    for event_id in ("0", "1"):
        lie.row("delivery", event_id=event_id, subject="channel:2", state="delivered")


async def choosy_not_told(lie):
    lie.world.choosy = Choosy(0)
    lie.event("presence.joined", "channel:2")
    lie.row("delivery", event_id="0", subject="channel:2", state="delivered")


async def too_many_an_hour(lie):
    lie.world.choosy = Choosy(0, most_per_hour=1)
    for number, minute in enumerate((0, 59)):
        lie.event(
            "presence.joined", "channel:2", user_id=number, at=f"2030-01-01 00:{minute:02}:00"
        )
        lie.event("presence.left", "channel:2", user_id=number, at=f"2030-01-01 00:{minute:02}:01")
        lie.row("delivery", event_id=str(2 * number), subject="channel:2", state="dead")


async def without_the_role(lie):
    lie.world.choosy = Choosy(0, users=frozenset({7}))
    lie.event("presence.joined", "channel:2")
    lie.row("delivery", event_id="0", subject="channel:2", state="dead")


async def not_called_out(lie):
    called_out(lie, "new_user", "users_connected")


async def called_out_of_order(lie):
    called_out(lie, "users_connected", "new_user", "users_connected", "user_left", "users_left")


async def called_out_again_though_nothing_was_cut_off(lie):
    whole = ("new_user", "users_connected", "user_left", "users_left")
    called_out(lie, *whole, *whole)


async def left_to_be_called_out(lie):
    called_out(lie, "new_user", "users_connected", "user_left", "users_left")
    lie.row("destination", id=1, kind="redis.list")
    lie.row("delivery", destination_id=1, event_id="0", state="pending")


def called_out(lie, *types):
    """That somebody came and went, as the addresses were told."""
    channels = lie.world.channels = Channels.of("2", {1: "alice"}, redis=False)
    lie.event("presence.joined", "channel:2")
    lie.event("presence.left", "channel:2")
    for each in types:
        users = () if each == "users_left" else (1,)
        for url in channels.urls(Callout(each, users, 0)):
            lie.world.receiver.got.append(Got("GET", url, {}, b""))


def two_together(lie, *, seconds):
    lie.world.choosy = Choosy(0, at_least=2, for_seconds=60)
    lie.event("presence.joined", "channel:2", user_id=1)
    lie.event("presence.joined", "channel:2", user_id=2)
    at = f"2030-01-01 00:0{seconds // 60}:{seconds % 60:02}.000000"
    lie.event("presence.left", "channel:2", user_id=2, at=at)


def told(lie, state, *, got):
    lie.world.subscribed_after = 0
    lie.event("presence.joined", "channel:2")
    if state is not None:
        lie.row("delivery", event_id="0", subject="channel:2", state=state)
    if got:
        lie.world.receiver.got.append(telling("0", "channel:2"))


def telling(event_id, subject, **more):
    body = json.dumps({"id": event_id, "subject": subject} | more).encode()
    return Got("POST", "/hook", {"webhook-id": event_id}, body)


@pytest.mark.parametrize(
    ("told", "truth"),
    [
        (orphan, "no_orphan"),
        (empty_room, "no_orphan"),
        (two_rows, "no_ghost"),
        (other_deleted, "nothing_foreign_touched"),
        (thrown_out, "nobody_thrown_out"),
        (created_twice, "no_double"),
        (unasked, "no_double"),
        (two_stays_at_a_time, "stays_are_true"),
        (time_made_up, "stays_are_true"),
        (stay_not_told, "stays_are_true"),
        (emptied_unactivated, "events_alternate"),
        (joined_twice, "events_alternate"),
        (handled_twice, "outcomes_are_single"),
        (failed_for_good, "outcomes_are_single"),
        (session_without_end, "sessions_are_over"),
        (waits_for_a_free_seat, "sessions_are_over"),
        (bot_left_behind, "sessions_are_over"),
        (ended_before_its_room, "sessions_end_once"),
        (end_told_twice, "sessions_end_once"),
        (ended_for_what_was_not, "sessions_end_once"),
        (in_time_and_called_late, "sessions_end_once"),
        (seat_kept, "sessions_end_once"),
        (name_not_as_noted, "owners_wishes_are_so"),
        (lock_not_as_noted, "owners_wishes_are_so"),
        (event_not_told, "events_reach_their_receiver"),
        (event_forgotten, "events_reach_their_receiver"),
        (event_left_waiting, "events_reach_their_receiver"),
        (event_told_in_two_ways, "events_reach_their_receiver"),
        (event_out_of_turn, "events_reach_their_receiver"),
        (two_together_told_of_too_early, "the_choosy_are_told_once"),
        (two_together_not_told_of, "the_choosy_are_told_once"),
        (two_together_told_of_both, "the_choosy_are_told_once"),
        (choosy_not_told, "the_choosy_are_told_once"),
        (too_many_an_hour, "the_choosy_are_told_once"),
        (without_the_role, "the_choosy_are_told_once"),
        (not_called_out, "changes_are_called_out"),
        (called_out_of_order, "changes_are_called_out"),
        (called_out_again_though_nothing_was_cut_off, "changes_are_called_out"),
        (left_to_be_called_out, "changes_are_called_out"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_what_is_not_true_is_seen(lie, told, truth):
    assert await truths.untrue(lie.world) == []

    await told(lie)

    assert truth in {words.partition(":")[0] for words in await truths.untrue(lie.world)}


async def test_who_comes_after_the_deadline_is_called_late(lie):
    called_late(lie, seconds=0.1)

    seen = {words.partition(":")[0] for words in await truths.untrue(lie.world)}
    assert "sessions_end_once" not in seen


async def test_what_another_is_told_of_more_has_no_place_among_what_the_choosy_are(lie):
    lie.world.choosy = Choosy(0, users=frozenset({1}), destination_id=1)
    for number in (0, 1):
        lie.event("presence.joined", "channel:2", user_id=number + 1)
        lie.row(
            "delivery",
            destination_id=2,
            event_id=str(number),
            subject="channel:2",
            state="delivered",
        )
        lie.world.receiver.got.append(telling(str(number), "channel:2"))
    lie.row("delivery", destination_id=1, event_id="0", subject="channel:2", state="delivered")

    seen = {words.partition(":")[0] for words in await truths.untrue(lie.world)}
    assert "the_choosy_are_told_once" not in seen


def test_a_plan_that_is_printed_can_be_replayed():
    kills = (
        Kill("POST /guilds/{}/channels answered", 2),
        Kill("step", 90, pauses=True),
        Kill("step", 812),
    )
    plan = Plan("two_ask_at_once", "somebody_joins", kills)

    assert Plan.read(str(plan)) == plan
