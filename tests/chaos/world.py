"""A Discord, a database and people, who go on living whoever dies; and the program among them, which is killed as the
plan says and started again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import asyncpg

from fakecord import Fakecord, GuildHandle, Member, PeopleError
from fakecord.people.views import InteractionView
from fakecord.rules import voice
from tests.adapters.delivery.between import Line
from tests.deliveries.receiver import Receiver

from .lives import Life, Midwife
from .plan import Kill, Plan
from .stores import Row, Store, moment
from .wishes import Channels, Choosy, redis_behind

LOOK = 0.01
PATIENCE = 60.0
"""Seconds: how often, and how long, the program is looked at until all is quiet."""
MOST_A_LOOK = 1.0
CREATED, DELETED = 10, 12
"""Of Discord's audit log: channels."""
MOST_ROUNDS = 8
ANSWERED_WITHIN = 3.0
"""Seconds: who slept for longer cannot answer any more (docs: Receiving and Responding > Interaction Callback)."""
A_MOMENT = 0.01
"""That passes with each death: no two looks at who is there are at one and the same."""
SAME_MOMENT = 0.001
"""Of a millisecond's rounding."""
REHEARSAL = "rehearsal"
"""In place of what people do meanwhile: the zygote itself is the program, which is not killed."""
MINUTE = 60.0
LONGEST_OUTAGE = 10 * MINUTE
"""While others wait for what waits for its end."""
NAMES = ("Raid night", "Chess")
ENDINGS = {"/session close": {"closed", "cancelled"}, "/session cancel": {"cancelled"}}

OPEN_STAYS = "SELECT guild_id, user_id, channel_id FROM voice_stay WHERE ended_at IS NULL"
LIVE_ROOMS = "SELECT * FROM room WHERE state <> 'closed'"
ENDING_ROOMS = "SELECT channel_id FROM room WHERE ending IS NOT NULL"
UNRELAYED = "SELECT position FROM outbox WHERE relayed_at IS NULL"
TIMERS = (
    "SELECT id, kind, key, lane, state, due_at, next_due_at, started_at FROM timer"
    " WHERE state <> 'failed'"
)
HELD_UP = (
    "SELECT due_at FROM timer WHERE due_at > planned_at"
    " AND (state = 'waiting' OR state = 'claimed' AND started_at IS NULL)"
    " AND EXISTS (SELECT 1 FROM run WHERE run.timer_id = timer.id"
    " AND (run.status = 'interrupted' OR run.error LIKE '%asyncpg%'))"
)
"""With its process, or with its connection."""


class Untrue(AssertionError):
    """What must hold does not."""


@dataclass(slots=True)
class Sitting:
    """What a person did, whoever saw it."""

    user_id: int
    channel_id: int
    since: float
    until: float | None = None


@dataclass(slots=True)
class Record:
    """What a run left behind, for the campaign's books."""

    killed: list[Kill] = field(default_factory=list)
    pauses: int = 0
    lives: list[Counter[str]] = field(default_factory=list)
    """How often each label was passed."""


class World:
    def __init__(
        self,
        fake: Fakecord,
        store: Store,
        midwife: Midwife,
        folder: Path,
        plan: Plan,
        receiver: Receiver | None = None,
        redis: Line | None = None,
    ) -> None:
        self.fake = fake
        self.receiver = receiver or Receiver()
        """Who may be sent events."""
        self.subscribed_after: int | None = None
        """The last event of which nobody need have heard; None: nobody subscribes."""
        self.choosy: Choosy | None = None
        """Who subscribes with conditions."""
        self.channels: Channels | None = None
        """Whose changes are called out, by a file."""
        self.redis = redis
        """The line to it; None: there is none."""
        self.store = store
        self.plan = plan
        self.record = Record()
        self.folder = folder
        self.askings = 0
        """How many rooms were asked for, at most."""
        self.lobbies: set[str] = set()
        """Those that give rooms."""
        self.hands: set[str] = set()
        """The reasons for which a session may have ended but for its member: what was done to it."""
        self.sittings: list[Sitting] = []
        self.meanwhile: Callable[[World], Awaitable[None]] | None = None
        self.knows_its_rooms = True
        """False: Discord may have refused or lost something, so that it need not for a while."""
        self.comes_back = False
        """The guild, when the program is up again and all is quiet."""
        self._waited_out = 0.0
        self._midwife = midwife
        self._stops = list(plan.kills)
        self._under_way: list[InteractionView] = []
        self._life: Life | None = None
        self._kill: Kill | None = None
        fake.clock.freeze()
        self.guild: GuildHandle = fake.guild("Arena")
        self.alice: Member = self.guild.member("alice", owner=True)
        self.bob: Member = self.guild.member("bob")
        self.elsewhere: GuildHandle = fake.guild("Elsewhere")
        self.eve: Member = self.elsewhere.member("eve", owner=True)
        self.guild.add_channel("Rooms", "category")
        self.guild.add_channel("requests", "text", category="Rooms")
        self.foreign = {each.id for each in self.guild.channels}
        self.foreign |= {each.id for each in self.elsewhere.channels}
        for _ in range(2):
            for name in NAMES:
                self.looks_alike(name)
        fake.clock.advance(3600)

    # The scene.

    def looks_alike(self, name: str) -> str:
        """A channel of somebody else's, of a room's name, in its category."""
        made = self.guild.add_channel(name, "voice", category="Rooms")
        self.foreign.add(made.id)
        return made.id

    @property
    def made(self) -> list[str]:
        """The ids of the channels that the bot created, whether they are still there or not."""
        return [each.target_id or "" for each in self._audit(CREATED)]

    @property
    def deleted(self) -> list[str]:
        """The ids of the channels that the bot deleted."""
        return [each.target_id or "" for each in self._audit(DELETED)]

    @property
    def operations(self) -> list[str]:
        """Of the bot's creates: the reasons."""
        return [each.reason or "" for each in self._audit(CREATED)]

    @property
    def rooms(self) -> list[str]:
        """Channels made by the bot that exist, the oldest first."""
        return [each for each in self.made if self.exists(each)]

    def _audit(self, action: int) -> list[Any]:
        bot_id = self.fake.application_id
        return [
            each
            for guild in (self.guild, self.elsewhere)
            for each in guild.state.audit_log.values()
            if each.user_id == bot_id and each.action_type == action
        ]

    def exists(self, channel_id: str) -> bool:
        return self.fake.core.world.channel(channel_id) is not None

    def humans_in(self, channel_id: str) -> list[str]:
        states = self.guild.state.voice_states.values()
        users = self.fake.core.world.users
        return [
            each.user_id
            for each in states
            if each.channel_id == channel_id and not users[each.user_id].bot
        ]

    @property
    def in_lobbies(self) -> int:
        """How many wait in those that give rooms."""
        return sum(len(self.humans_in(lobby)) for lobby in self.lobbies)

    # What people do. Nobody waits for the program with these.

    async def asks(self, who: Member, command: str, /, *, rooms: int = 1, **options: Any) -> None:
        """A slash command, for which so many *rooms* may open."""
        self.askings += rooms
        self.hands |= ENDINGS.get(command, set())
        self._under_way.append(await who.runs(command, options, channel="requests"))

    async def joins(self, member: Member, channel_id: str, *, rooms: int = 0) -> None:
        """From nowhere or from another channel; nothing, if it is gone, not for them, or where they are already."""
        self._note_moves()
        if not self.exists(channel_id) or (member.voice and member.voice.channel_id == channel_id):
            return
        try:
            await member.joins(channel_id)
        except PeopleError:
            return
        self.askings += rooms
        self._ends_sitting(member)
        self._sits_down(member.id, channel_id)

    async def leaves(self, member: Member) -> None:
        self._note_moves()
        if member.voice is not None:
            self._ends_sitting(member)
            await member.leaves()

    async def deletes(self, channel_id: str) -> None:
        """By hand, as the owner; whoever is in it is thrown out."""
        self._note_moves()
        for member in (self.alice, self.bob):
            if member.voice is not None and member.voice.channel_id == channel_id:
                self._ends_sitting(member)
        if self.exists(channel_id):
            self.hands.add("gone")
            await self.guild.channel(channel_id).delete()

    async def puts_out_bot(self) -> None:
        """By hand, as a moderator does."""
        bot_id, state = self.fake.application_id, self.guild.state
        if bot_id in state.voice_states:
            self.hands.add("disconnected")
            step = self.fake.core.step(self.alice.id)
            voice.leave(step, state, bot_id)
            self.fake.core.commit(step)

    def time_goes_by(self, seconds: float) -> None:
        """While the program is dead. A room that was made for whoever still sits in a lobby may have been empty for
        its time by then: they are given another."""
        self.askings += self.in_lobbies
        self.fake.clock.advance(seconds)

    def _sits_down(self, user_id: str, channel_id: str) -> None:
        self.sittings.append(Sitting(int(user_id), int(channel_id), self.fake.clock.now()))

    async def _follow_the_bot(self) -> None:
        """It may move people into a channel of its own, and end one that somebody has asked it to end."""
        ending = {str(row["channel_id"]) for row in await self.store.rows(ENDING_ROOMS)}
        for sitting in self.sittings:
            channel_id = str(sitting.channel_id)
            if sitting.until is None and channel_id in ending and not self.exists(channel_id):
                sitting.until = self.fake.clock.now()
        self._note_moves()

    def _note_moves(self) -> None:
        """Before they go on by themselves: the program may have been quicker."""
        made = self.made
        for member in (self.alice, self.bob):
            seat = member.voice
            if seat is None or seat.channel_id not in made:
                continue
            now_in = (int(member.id), int(seat.channel_id))
            open_ones = [
                (each.user_id, each.channel_id) for each in self.sittings if each.until is None
            ]
            if now_in not in open_ones:
                self._ends_sitting(member)
                self._sits_down(member.id, seat.channel_id)

    def _ends_sitting(self, member: Member) -> None:
        for sitting in self.sittings:
            if sitting.user_id == int(member.id) and sitting.until is None:
                sitting.until = self.fake.clock.now()

    # The program.

    @property
    def alive(self) -> bool:
        return self._life is not None and not self._life.dead

    async def begins(self) -> None:
        """Started for the first time, and killed and started again as the plan says, until all is quiet."""
        self._bear()
        await self.settles()

    async def settles(self, also: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Until the program has done all it can do now — and *also* holds, if it lived through that."""
        while not await self._is_quiet(also):
            also = None
            await self._dies()
        if self.comes_back:
            await self._guild_comes_back()
            await self.settles()
        await self._follow_the_bot()
        if self.knows_its_rooms and not self.guild.state.guild.unavailable:
            await self._check_rooms_are_known()

    async def passes(self, seconds: float) -> None:
        self.fake.clock.advance(seconds)
        await self.settles()

    async def sees_a_room(self) -> None:
        """Until there is one, or the program is dead or done without."""

        async def there() -> bool:
            return bool(self.rooms)

        life = self._life
        assert life is not None
        async with asyncio.timeout(PATIENCE):
            while not (life.dead or await there() or not await self._left()):
                if life.asleep:
                    await self._sleeps(life)
                await self._midwife.heard(LOOK)

    async def heard(self) -> None:
        """Whatever happened until now has reached the ledger, for somebody elsewhere has moved after it."""
        lobby = self.elsewhere.channel("Lobby").id
        if self.eve.voice is None:
            await self.joins(self.eve, lobby)
        else:
            await self.leaves(self.eve)
        await self.settles()

    async def ends(self) -> None:
        """Every deadline passes, and a minute more, until none is left."""
        await self.settles()
        for _ in range(MOST_ROUNDS):
            deaths = len(self.record.killed)
            await self.passes(await self._until_the_last_deadline() + MINUTE + 1)
            await self.passes(MINUTE + 1)
            rooms = await self.store.rows(LIVE_ROOMS)
            # Whoever died in this round may have missed what people did meanwhile.
            lived = deaths == len(self.record.killed)
            at_rest = lived and not await self._until_the_last_deadline()
            if at_rest and all(self.humans_in(str(row["channel_id"])) for row in rooms):
                return

    async def _until_the_last_deadline(self) -> float:
        timers = await self.store.rows(f"{TIMERS} AND schedule_id IS NULL AND kind LIKE '%.%'")
        moments = [moment(row["due_at"]) for row in timers]
        rooms = await self.store.rows(LIVE_ROOMS)
        moments += [moment(row["deadline_at"]) for row in rooms if row["deadline_at"]]
        return max([0.0, *(each - self.fake.clock.now() for each in moments)])

    async def stops(self) -> None:
        if (life := self._life) is not None:
            life.kill()
            while not life.dead:
                await self._midwife.heard(LOOK)
            self._note_end_of(life)

    def _bear(self) -> None:
        stops = list(takewhile(lambda each: each.pauses, self._stops))
        stops += self._stops[len(stops) : len(stops) + 1]
        del self._stops[: len(stops)]
        self._kill = stops[-1] if stops and not stops[-1].pauses else None
        self._under_way = []
        self._life = self._midwife.bear(
            self.folder / f"life-{len(self.record.lives)}.points",
            folder=str(self.folder),
            token=self.fake.token,
            database=self.store.url,
            discord=self.fake.url,
            receiver=self.receiver.url,
            redis_url=self.redis and redis_behind(self.redis.port),
            channels_file=self._channels_file(),
            stops=list(map(str, stops)),
            rehearses=self.plan.meanwhile == REHEARSAL,
        )

    def _channels_file(self) -> str | None:
        if self.channels is None:
            return None
        file = self.folder / "channels.json"
        self.channels.write(file, self.receiver.url)
        return str(file)

    async def _dies(self) -> None:
        life = self._life
        assert life is not None
        if life.exit != -9 or self._kill is None:
            raise Untrue(f"the program ended by itself, with {life.exit}")
        self.record.killed.append(self._kill)
        self._note_end_of(life)
        await self.store.bury()
        # Not before Discord has seen that the line is cut, and has done what was under way or left it: what people do
        # now comes after that.
        await self._until(lambda: not self.fake.gateway.connected)
        await asyncio.sleep(LOOK)
        await self._follow_the_bot()
        await self._goes_on()
        self.fake.clock.advance(A_MOMENT)
        self._bear()

    async def is_killed(self) -> None:
        """Now, whatever the plan says."""
        life = self._life
        assert life is not None
        life.kill()
        while not life.dead:
            await self._midwife.heard(LOOK)
        self._kill = Kill("by hand", 1)
        await self._dies()
        await self.settles()

    async def _goes_on(self) -> None:
        """What people do, once."""
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile(self)

    async def _sleeps(self, life: Life) -> None:
        """Its line to Discord is not cut: what is told meanwhile waits for it."""
        self.record.pauses += 1
        asleep_at = self.fake.clock.now()
        await self._goes_on()
        if self.fake.clock.now() > asleep_at + ANSWERED_WITHIN:
            self._under_way = []
        await self.store.strike_off()
        life.wake()

    async def restarts(self) -> None:
        """Asked to end in good order, and started again: if it is not killed meanwhile."""
        life = self._life
        assert life is not None
        if self.plan.meanwhile == REHEARSAL:
            return
        self.hands.add("drain")
        life.ask_to_end()
        async with asyncio.timeout(PATIENCE):
            while not life.dead:
                if life.asleep:
                    await self._sleeps(life)
                await self._midwife.heard(LOOK)
        if life.exit == 0:
            await self._follow_the_bot()
            self._note_end_of(life)
            self._bear()
        await self.settles()

    def _note_end_of(self, life: Life) -> None:
        self.record.lives.append(life.passed)
        self._life = None

    async def has_table(self, name: str) -> bool:
        try:
            await self.store.rows(f"SELECT 1 FROM {name} LIMIT 1")
        except (sqlite3.OperationalError, asyncpg.UndefinedTableError):
            return False
        return True

    async def _is_quiet(self, also: Callable[[], Awaitable[bool]] | None) -> bool:
        """False: it died."""
        loop = asyncio.get_running_loop()
        waited, looked_at = 0.0, loop.time()
        while True:
            life = self._life
            assert life is not None
            if life.dead:
                return False
            if life.asleep:
                await self._sleeps(life)
            if life.ready:
                await self._waits_out_pauses()
            if life.ready and not (left := await self._left()) and (also is None or await also()):
                return not life.dead
            # Whoever was stopped with us, as a whole machine can be, has had no time in which to become quiet.
            waited += min(loop.time() - looked_at, MOST_A_LOOK)
            looked_at = loop.time()
            if waited > PATIENCE:
                what = left if life.ready else "it is not ready"
                raise Untrue(f"all does not become quiet within {PATIENCE} s: {what or 'as asked'}")
            await self._midwife.heard(LOOK)

    async def _waits_out_pauses(self) -> None:
        """What was cut off often is made to wait, and what comes after it with it."""
        now = self.fake.clock.now()
        pauses = [moment(row["due_at"]) - now for row in await self.store.rows(HELD_UP)]
        if (longest := max(pauses, default=0)) > SAME_MOMENT:
            await self._follow_the_bot()
            self.fake.clock.advance(longest)
            self._waited_out += longest
            if self.comes_back and self._waited_out > LONGEST_OUTAGE:
                await self._guild_comes_back()

    async def _guild_comes_back(self) -> None:
        self.comes_back = False
        await self.guild.outage(False)

    async def _until(self, condition: Callable[[], object]) -> None:
        await self.fake.until(condition, timeout=PATIENCE)

    async def _left(self) -> list[str]:
        """What is still to be done at this moment of the clock."""
        if thinking := [view for view in self._under_way if not view.finished]:
            return [f"{len(thinking)} interactions are not answered"]
        self._under_way = []
        if missing := await self._unlike_ledger():
            return missing
        if waiting := await self.store.rows(UNRELAYED):
            return [f"{len(waiting)} events are not relayed"]
        now = self.fake.clock.now()
        rows = await self.store.rows(TIMERS)
        # The clock was set back: what is due again later holds its lane until then.
        later = {(row["lane"], row["id"]) for row in rows if not _is_due(row, now)}
        due = [
            row
            for row in rows
            if _is_due(row, now)
            and not any(lane and lane == row["lane"] and id_ < row["id"] for lane, id_ in later)
        ]
        return [f"{row['kind']} {row['key']} is {row['state']}" for row in due]

    async def _unlike_ledger(self) -> list[str]:
        stays: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        for row in await self.store.rows(OPEN_STAYS):
            stays[row["guild_id"]].add((row["user_id"], row["channel_id"]))
        differing = []
        for guild in (self.guild, self.elsewhere):
            voices = guild.state.voice_states.values()
            true = {(int(each.user_id), int(each.channel_id or 0)) for each in voices}
            if not guild.state.guild.unavailable and true != stays[int(guild.id)]:
                differing.append(f"in {guild.name} are {true}, not {stays[int(guild.id)]}")
        return differing

    async def _check_rooms_are_known(self) -> None:
        rows = await self.store.rows(LIVE_ROOMS)
        named = Counter(str(row["channel_id"]) for row in rows)
        for channel_id in self.rooms:
            if named[channel_id] != 1:
                raise Untrue(
                    f"the bot's channel {channel_id} is named by {named[channel_id]} live rows"
                    f" while all is quiet: {rows}"
                )


def _is_due(row: Row, now: float) -> bool:
    due = moment(row["due_at"]) <= now + SAME_MOMENT
    return due or (row["state"] == "claimed" and row["started_at"] is not None)
