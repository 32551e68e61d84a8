"""What people do with schedules: who may, what is refused, and what is known of it afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import BaseModel, ConfigDict, Field

from rallypoint.features.schedules.service import managing
from rallypoint.kernel.errors import Forbidden, NotFound, Refused
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.jobs import Builtin, Cron, Interval, Job, Misfire, Once
from rallypoint.kernel.jobs.schedules import MOST_OF_GUILD, Changes, Wanted
from rallypoint.kernel.people import Actor, Operator, Permission

HOUR = timedelta(hours=1)
HOURLY = Interval(HOUR)
ARENA, ELSEWHERE = GuildId(1001), GuildId(2002)
ALICE = Actor(UserId(1), ARENA, "Alice", Permission.ADMINISTRATOR)
BOB = Actor(UserId(2), ARENA, "Bob", Permission.MANAGE_GUILD)
CHARLIE = Actor(UserId(3), ARENA, "Charlie", Permission.MANAGE_CHANNELS)
MALLORY = Actor(UserId(4), ELSEWHERE, "Mallory", Permission.ADMINISTRATOR)
OPERATOR = Operator()


class Tidying(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=30, ge=1, le=3650)


async def tidy(_work):
    pass


KINDS = {
    "test.tidy": Job(handler=tidy, config=Tidying, custom=True, words="Tidy up"),
    "test.ours": Job(handler=tidy, words="Of the program alone"),
    "test.inner": Job(handler=tidy),
}


@pytest.fixture
def use(sessions, clock):
    """`await use(managing.pause, 1, by=BOB)`, now and in a transaction of its own."""

    async def call(case, *args, now=None, **more):
        reads = case in (managing.listing, managing.of_program, managing.show, managing.history)
        async with sessions.begin() as session:
            told = {} if reads else {"now": now or clock.now()}
            return await case(session, *args, **told, **more)

    return call


@pytest.fixture
def added(use):
    async def add(recurrence=HOURLY, *, by=BOB, **more):
        wanted = Wanted(**{"name": "tidy", "kind": "test.tidy", "recurrence": recurrence} | more)
        return await use(managing.add, KINDS, wanted, by=by)

    return add


@pytest.fixture
def entries(audit_log):
    async def read(guild_id=ARENA):
        found = await audit_log(guild_id)
        return [(each.action, each.user_name, each.before, each.after) for each in found]

    return read


def edit(**changes):
    async def case(session, schedule_id, *, by, now):
        return await managing.edit(session, KINDS, schedule_id, Changes(**changes), by=by, now=now)

    return case


CHANGING = [edit(name="x"), managing.pause, managing.resume, managing.run_now, managing.remove]
READING = [managing.show, managing.history]


async def test_bob_adds_one_and_it_is_of_his_guild_whatever_he_says(added, use):
    row = await added(by=BOB, guild_id=ELSEWHERE)

    assert (row.guild_id, row.created_by) == (ARENA, BOB.user_id)
    assert [each.schedule.id for each in await use(managing.listing, by=ALICE)] == [row.id]
    assert await use(managing.listing, by=MALLORY) == []


async def test_charlie_without_the_right_is_told_which_one(added, use, entries):
    row = await added()
    for case in (*CHANGING, *READING):
        with pytest.raises(Forbidden) as refused:
            await use(case, row.id, by=CHARLIE)

        assert refused.value.code == "member_lacks_role"
    assert len(await entries()) == 1


async def test_charlie_neither_lists_nor_adds(added, use):
    with pytest.raises(Forbidden):
        await use(managing.listing, by=CHARLIE)
    with pytest.raises(Forbidden):
        await added(by=CHARLIE)


async def test_for_mallory_it_does_not_exist(added, use, entries):
    row = await added()
    for case in (*CHANGING, *READING):
        with pytest.raises(NotFound):
            await use(case, row.id, by=MALLORY)

    assert len(await entries()) == 1
    assert await entries(ELSEWHERE) == []


async def test_the_program_s_own_do_not_exist_for_a_member_but_for_who_runs_it(added, use):
    row = await added(by=OPERATOR, kind="test.ours")

    assert row.guild_id is None
    with pytest.raises(NotFound):
        await use(managing.run_now, row.id, by=ALICE)
    await use(managing.run_now, row.id, by=OPERATOR)


async def test_only_who_runs_the_program_lists_its_own(added, use):
    row = await added(by=OPERATOR, kind="test.ours")
    await added(by=BOB)

    assert [each.schedule.id for each in await use(managing.of_program, by=OPERATOR)] == [row.id]
    with pytest.raises(Forbidden):
        await use(managing.of_program, by=ALICE)


async def test_who_runs_the_program_manages_every_guild_s(added, use):
    row = await added(by=BOB)
    await use(managing.pause, row.id, by=OPERATOR)

    [listed] = await use(managing.listing, by=OPERATOR)
    assert not listed.schedule.active


@pytest.mark.parametrize(
    ("kind", "by"), [("test.ours", ALICE), ("test.inner", OPERATOR), ("test.none", OPERATOR)]
)
async def test_a_kind_that_is_not_for_them_is_unknown(added, kind, by):
    with pytest.raises(Refused) as refused:
        await added(by=by, kind=kind)

    assert refused.value.code == "schedule_kind_unknown"


async def test_each_change_is_known_with_who_made_it(added, use, entries):
    row = await added(by=BOB)
    for case, by in zip(CHANGING, (BOB, ALICE, BOB, OPERATOR, BOB), strict=True):
        await use(case, row.id, by=by)
    *later, (_, _, _, created) = await entries()

    assert created["config"] == {"days": 30}
    assert created["every_seconds"] == 3600
    assert [(action, name) for action, name, *_ in later] == [
        ("schedules.removed", "Bob"),
        ("schedules.run", "the command line"),
        ("schedules.resumed", "Bob"),
        ("schedules.paused", "Alice"),
        ("schedules.changed", "Bob"),
    ]
    assert later[-1][2:] == ({"name": "tidy"}, {"name": "x"})


async def test_what_changes_nothing_leaves_no_entry(added, use, entries):
    row = await added()
    await use(managing.resume, row.id, by=BOB)
    await use(managing.pause, row.id, by=BOB)
    await use(managing.pause, row.id, by=BOB)
    await use(edit(name="tidy", attempts=None), row.id, by=BOB)

    assert [action for action, *_ in await entries()] == ["schedules.paused", "schedules.created"]


async def test_what_is_refused_changes_nothing_at_all(added, use, entries, clock):
    row = await added()
    wrong = edit(name="other", config={"days": 7}, recurrence=Once(clock.now()))

    with pytest.raises(Refused):
        await use(wrong, row.id, by=BOB)
    listed = await use(managing.show, row.id, by=BOB)
    assert (listed.schedule.name, listed.schedule.config) == ("tidy", {"days": 30})
    assert len(await entries()) == 1


async def test_what_is_not_said_stays_and_what_is_none_goes_back_to_the_kind_s_own(added, use):
    given = {"attempts": 3, "timeout": HOUR / 2, "description": "nightly", "config": {"days": 9}}
    row = await added(**given, misfire=Misfire.SKIP)
    row = await use(edit(name="x"), row.id, by=BOB)
    kept = (row.attempts, row.timeout_seconds, row.description, row.config, row.misfire)
    row = await use(edit(**dict.fromkeys(given)), row.id, by=BOB)
    cleared = (row.attempts, row.timeout_seconds, row.description, row.config, row.misfire)

    assert kept == (3, 1800, "nightly", {"days": 9}, "skip")
    assert cleared == (None, None, "", {"days": 30}, "skip")


@pytest.mark.parametrize("field", ["name", "recurrence", "misfire"])
async def test_what_must_be_said_cannot_be_cleared(added, use, field):
    row = await added()

    with pytest.raises(Refused) as refused:
        await use(edit(**{field: None}), row.id, by=BOB)
    assert (refused.value.code, refused.value.facts) == ("field_required", {"field": field})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"config": {"days": 0}}, "config_invalid"),
        ({"config": {"guild_id": 2002}}, "config_invalid"),
        ({"name": ""}, "schedule_name_invalid"),
        ({"description": "x" * 1001}, "schedule_description_long"),
        ({"attempts": 0}, "attempts_out_of_range"),
        ({"attempts": 21}, "attempts_out_of_range"),
        ({"timeout": timedelta(0)}, "timeout_out_of_range"),
    ],
)
async def test_what_cannot_be_meant_is_refused(added, use, changes, code):
    row = await added()

    with pytest.raises(Refused) as refused:
        await use(edit(**changes), row.id, by=BOB)
    assert refused.value.code == code


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 29.999])
def test_an_interval_that_is_none_is_refused(seconds):
    with pytest.raises(Refused):
        Interval.of_seconds(seconds)


def test_the_thirtieth_of_february_is_refused():
    with pytest.raises(Refused) as refused:
        Cron("0 0 30 2 *")

    assert "day-of-month" in str(refused.value)


async def test_ten_thousand_are_not_had_but_a_quota_also_when_many_ask_at_once(added, use):
    for _ in range(MOST_OF_GUILD - 1):
        await added(Interval(timedelta(seconds=30)))
    answers = await asyncio.gather(*(added() for _ in range(5)), return_exceptions=True)
    refusals = [each for each in answers if isinstance(each, Refused)]

    assert [each.code for each in refusals] == ["too_many_schedules"] * 4
    assert len(await use(managing.listing, by=BOB)) == MOST_OF_GUILD
    await added(by=MALLORY)


async def test_the_history_goes_on_where_the_page_before_ended(added, use, drain, clock):
    row = await added()
    for _ in range(5):
        clock.advance(HOUR)
        await drain(KINDS)
    page = await use(managing.history, row.id, by=BOB, most=2)
    rest = await use(managing.history, row.id, by=BOB, before=page[-1].id)

    assert [run.due_at for run in (*page, *rest)] == [
        clock.now() - HOUR * hours for hours in range(5)
    ]


NIGHTLY = Builtin(id="nightly", kind="test.tidy", recurrence=Cron("0 3 * * *"), config={"days": 9})
WEEKLY = Builtin(id="weekly", kind="test.tidy", recurrence=Cron("0 3 * * 1"))


async def test_of_a_built_in_one_what_was_cleared_follows_the_code_again(use, drain):
    await drain(KINDS, builtins=[NIGHTLY])
    [listed] = await use(managing.listing, by=OPERATOR)
    row = await use(edit(config={"days": 5}, misfire=Misfire.SKIP), listed.schedule.id, by=OPERATOR)
    await drain(KINDS, builtins=[NIGHTLY])
    changed = (await use(managing.show, row.id, by=OPERATOR)).schedule
    await use(edit(config=None), row.id, by=OPERATOR)
    await drain(KINDS, builtins=[NIGHTLY])
    cleared = (await use(managing.show, row.id, by=OPERATOR)).schedule

    assert (changed.config, changed.misfire) == ({"days": 5}, "skip")
    assert (cleared.config, cleared.misfire) == ({"days": 9}, "skip")
    with pytest.raises(Refused):
        await use(edit(name="mine"), row.id, by=OPERATOR)


async def test_one_that_the_code_has_dropped_is_shown_not_run_and_may_be_removed(use, drain, clock):
    await drain(KINDS, builtins=[NIGHTLY, WEEKLY])
    await drain(KINDS, builtins=[WEEKLY])
    listed = {each.schedule.name: each for each in await use(managing.listing, by=OPERATOR)}
    row = listed["nightly"].schedule
    assert "does not have it" in listed["nightly"].parked
    assert listed["weekly"].parked is None
    for case in (managing.run_now, managing.resume, edit(config={"days": 1})):
        with pytest.raises(Refused) as refused:
            await use(case, row.id, by=OPERATOR)
        assert refused.value.code == "builtin_dropped"

    clock.advance(timedelta(days=1))
    await drain(KINDS, builtins=[WEEKLY])
    assert await use(managing.history, row.id, by=OPERATOR) == []
    await use(managing.remove, row.id, by=OPERATOR)
    assert len(await use(managing.listing, by=OPERATOR)) == 1


async def test_one_that_came_back_goes_on(use, drain, clock):
    await drain(KINDS, builtins=[NIGHTLY, WEEKLY])
    await drain(KINDS, builtins=[WEEKLY])
    await drain(KINDS, builtins=[NIGHTLY, WEEKLY])
    clock.advance(timedelta(days=1))
    await drain(KINDS, builtins=[NIGHTLY, WEEKLY])

    listed = {each.schedule.name: each for each in await use(managing.listing, by=OPERATOR)}
    assert listed["nightly"].parked is None
    assert listed["nightly"].schedule.successes == 1


async def test_one_whose_task_was_renamed_in_the_code_goes_on(use, drain, clock):
    kinds = {"test.neaten": KINDS["test.tidy"]}
    await drain(KINDS, builtins=[NIGHTLY])
    renamed = replace(NIGHTLY, kind="test.neaten")
    await drain(kinds, builtins=[renamed])
    clock.advance(timedelta(days=1))
    await drain(kinds, builtins=[renamed])

    [listed] = await use(managing.listing, by=OPERATOR)
    assert (listed.parked, listed.schedule.successes) == (None, 1)
