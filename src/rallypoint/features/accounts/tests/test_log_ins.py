from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.features.accounts.service import log_ins, privacy, retention
from rallypoint.kernel.errors import Conflict, NotFound
from rallypoint.kernel.ids import UserId

ALICE, BOB = UserId(1), UserId(2)


@pytest.fixture
def logged_in(sessions, clock):
    async def begin(user_id=ALICE):
        async with sessions.begin() as session:
            return await log_ins.begin(
                session, user_id=user_id, user_name="x", user_agent="", now=clock.now()
            )

    return begin


@pytest.fixture
def known(sessions, clock):
    async def find(text):
        async with sessions() as session:
            return await log_ins.find(session, text, now=clock.now())

    return find


async def test_only_the_text_itself_opens(logged_in, known):
    begun = await logged_in()

    assert (await known(begun.text)).user_id == ALICE
    assert await known(begun.text[:-1] + ("x" if begun.text[-1] != "x" else "y")) is None
    assert await known(begun.log_in.id) is None
    assert begun.text.encode() != begun.log_in.hash


async def test_a_state_is_used_once(sessions, clock):
    async with sessions.begin() as session:
        await log_ins.use_state(session, "state", now=clock.now())
    async with sessions() as session:
        with pytest.raises(Conflict):
            await log_ins.use_state(session, "state", now=clock.now())


async def test_bob_does_not_end_what_is_alices(sessions, logged_in, known):
    begun = await logged_in()
    async with sessions.begin() as session:
        with pytest.raises(NotFound):
            await log_ins.end(session, begun.log_in.id, by=BOB)

    assert await known(begun.text) is not None
    async with sessions.begin() as session:
        await log_ins.end(session, begun.log_in.id, by=ALICE)
    assert await known(begun.text) is None


async def test_all_others_end_and_this_one_stays(sessions, logged_in, known):
    here, there, bobs = await logged_in(), await logged_in(), await logged_in(BOB)
    async with sessions.begin() as session:
        assert await log_ins.end_all(session, of=ALICE, but=here.log_in.id) == 1

    assert await known(here.text) is not None
    assert await known(there.text) is None
    assert await known(bobs.text) is not None


async def test_what_is_over_is_forgotten_and_what_is_good_stays(sessions, clock, logged_in, known):
    await logged_in()
    async with sessions.begin() as session:
        await log_ins.use_state(session, "state", now=clock.now())
    clock.advance(timedelta(days=8))
    fresh = await logged_in()
    async with sessions.begin() as session:
        assert await retention.forget_old(session, clock.now()) == 2
        assert await retention.forget_old(session, clock.now()) == 0

    assert await known(fresh.text) is not None


async def test_the_export_opens_nothing_and_forgetting_leaves_nothing(
    sessions, clock, logged_in, known
):
    begun, bobs = await logged_in(), await logged_in(BOB)
    async with sessions.begin() as session:
        told = await privacy.export(session, ALICE)
        count = await privacy.forget(session, ALICE, clock.now())

    assert [each["browser"] for each in told["log_ins"]] == ["A browser"]
    assert begun.text not in str(told)
    assert count == 1
    assert await known(begun.text) is None
    assert await known(bobs.text) is not None
