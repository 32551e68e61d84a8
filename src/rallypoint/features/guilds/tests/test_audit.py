"""The audit log: what was changed, by whom, and for how long that is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import BaseModel, Field

from rallypoint.features.guilds.model import Setting
from rallypoint.features.guilds.rules import OF_CHANNEL
from rallypoint.features.guilds.service import audit, retention, settings
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.people import Actor, Operator

HERE, ELSEWHERE, LOBBY = GuildId(1), GuildId(2), ChannelId(10)
ALICE = Actor(UserId(7), HERE, "Alice")
YEAR = timedelta(days=365)


class Tea(BaseModel):
    sugar: int = Field(default=1, json_schema_extra={OF_CHANNEL: True})


MODELS = {"tea": Tea}


@pytest.fixture
def change(sessions, clock):
    """`await change(settings.put, "2", by=ALICE)`: of this guild's sugar, in a transaction of its own."""

    async def call(use, *args, guild_id=HERE, **more):
        async with sessions.begin() as session:
            told = {"guild_id": guild_id, "now": clock.now()} | more
            await use(session, MODELS, "tea.sugar", *args, **told)

    return call


@pytest.fixture
def entries(sessions):
    """What is known of a guild: action, name, before, after."""

    async def read(guild_id=HERE, **more):
        async with sessions.begin() as session:
            found = await audit.audit_log(session, guild_id, **more)
        return [(each.action, each.user_name, each.before, each.after) for each in found]

    return read


async def test_who_set_what_is_known_with_what_it_was(change, entries):
    await change(settings.put, "2", by=ALICE)
    await change(settings.put, "3", by=Operator())
    await change(settings.reset, by=ALICE)

    assert await entries() == [
        ("guilds.setting_reset", "Alice", {"value": 3}, None),
        ("guilds.setting_put", "the command line", {"value": 2}, {"value": 3}),
        ("guilds.setting_put", "Alice", None, {"value": 2}),
    ]


async def test_what_changes_nothing_or_is_refused_leaves_no_entry(change, entries):
    await change(settings.put, "2", by=ALICE)
    await change(settings.put, "2", by=ALICE)
    await change(settings.reset, by=ALICE, channel_id=LOBBY)
    with pytest.raises(Refused):
        await change(settings.put, "sweet", by=ALICE)

    assert len(await entries()) == 1


async def test_of_a_channel_it_is_said_which(change, entries):
    await change(settings.put, "2", by=ALICE, channel_id=LOBBY)

    [(_, _, _, after)] = await entries()
    assert after == {"value": 2, "channel_id": LOBBY}


async def test_a_guild_sees_its_own_only_and_who_runs_the_program_all(change, entries):
    await change(settings.put, "2", by=ALICE)
    await change(settings.put, "3", by=Operator(), guild_id=ELSEWHERE)
    await change(settings.put, "4", by=Operator(), guild_id=None)

    assert [after for *_, after in await entries(HERE)] == [{"value": 2}]
    assert [after for *_, after in await entries(None)] == [{"value": n} for n in (4, 3, 2)]


async def test_a_page_goes_on_where_the_one_before_ended(change, entries, sessions):
    for value in range(5):
        await change(settings.put, str(value), by=ALICE)
    async with sessions.begin() as session:
        page = await audit.audit_log(session, HERE, most=2)

    after = [after for *_, after in await entries(HERE, most=2, before=page[-1].id)]
    assert after == [{"value": 2}, {"value": 1}]


@pytest.mark.parametrize(("age", "kept"), [(YEAR, 1), (YEAR + timedelta(seconds=1), 0)])
async def test_it_is_kept_a_year(change, entries, sessions, clock, age, kept):
    await change(settings.put, "2", by=ALICE)
    clock.advance(age)
    async with sessions.begin() as session:
        assert await retention.forget_old(session, clock.now()) == 1 - kept

    assert len(await entries()) == kept


async def test_a_guild_may_keep_it_for_less_or_for_longer(change, entries, sessions, clock, kept):
    third = GuildId(3)
    for guild_id in (HERE, ELSEWHERE, third, None):
        await change(settings.put, "2", by=Operator(), guild_id=guild_id)
    await kept(HERE, 30)
    await kept(ELSEWHERE, 400)
    seen = []
    for days in (31, 335, 35):
        clock.advance(timedelta(days=days))
        async with sessions.begin() as session:
            while await retention.forget_old(session, clock.now()):
                pass
        seen.append([len(await entries(guild_id)) for guild_id in (HERE, ELSEWHERE, third)])

    assert seen == [[0, 1, 1], [0, 1, 0], [0, 0, 0]]


@pytest.fixture
def kept(sessions):
    """`await kept(guild_id, days)`: as an admin said it, without the entry that this would leave."""

    async def keep(guild_id, days):
        place = {"guild_id": guild_id, "channel_id": 0, "key": retention.AUDIT_DAYS}
        async with sessions.begin() as session:
            session.add(Setting(value=days, **place))

    return keep


async def test_a_subject_of_any_length_is_written(sessions, clock):
    async with sessions.begin() as session:
        await audit.note(
            session, by=Operator(), action="tea.made", subject="x" * 999, now=clock.now()
        )
        [entry] = await audit.audit_log(session, None)

    assert entry.subject == "x" * 200
