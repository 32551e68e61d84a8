"""What is kept of a person, on both databases: a room's time must not hang on who is willing to be remembered."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from rallypoint.features.presence import rules
from rallypoint.features.presence.feature import feature
from rallypoint.features.presence.model import VoiceStay
from rallypoint.features.presence.service import history, privacy, writing
from rallypoint.features.presence.tests.conftest import ALICE, BOB, HOUR, LOBBY, last_left
from rallypoint.kernel.events import Outbox


@pytest.fixture
def rows(sessions):
    async def look():
        async with sessions() as session:
            users = select(VoiceStay.user_id).order_by(VoiceStay.id)
            return list(await session.scalars(users))

    return look


async def test_alice_s_data_is_hers_alone(visits, sessions):
    async with sessions() as session:
        told = await privacy.export(session, ALICE)

    assert (told["history"], told["complete"]) == (True, True)
    assert [each["muted_seconds"] for each in told["stays"]] == [0, 3600, 3600]
    assert str(BOB) not in str(told)


async def test_what_is_forgotten_is_gone_but_when_somebody_left(
    visits, sessions, rows, drain, clock
):
    async with sessions.begin() as session:
        left = await last_left(session, LOBBY)
        assert await privacy.forget(session, ALICE, clock.now()) == 3
    await drain(feature.jobs)

    assert await rows() == [BOB, BOB, BOB, writing.NOBODY]
    async with sessions() as session:
        assert await last_left(session, LOBBY) == left
        recorded = list(await session.scalars(select(Outbox.data)))
    assert not any(each.get("user_id") == ALICE for each in recorded)
    assert not any(ALICE in each.get("user_ids", ()) for each in recorded)
    assert any(each.get("user_ids") == [] for each in recorded)
    assert any(each.get("user_id") == BOB for each in recorded)


async def test_events_that_were_not_handed_on_yet_are_erased_only_after(visits, sessions, clock):
    async with sessions.begin() as session:
        erased = await privacy.erase(session, ALICE, after=0, upto=10**9)
        assert erased == privacy.Erased(None, waiting=True)

        waiting = list(await session.scalars(select(Outbox.data)))
        assert any(each.get("user_id") == ALICE for each in waiting)


async def test_who_wants_no_history_leaves_a_moment_behind_and_that_for_a_day(
    visits, take, at, sessions, rows, clock
):
    await take(rules.Wishes(clock.now(), without_history=frozenset({ALICE})))
    await take(at(ALICE, LOBBY))
    clock.advance(HOUR)
    await take(at(BOB, None))
    clock.advance(HOUR)
    await take(at(ALICE, None))

    assert (await rows()).count(ALICE) == 3
    async with sessions.begin() as session:
        assert await last_left(session, LOBBY) == clock.now()
        [veiled] = await session.scalars(select(VoiceStay).where(VoiceStay.user_id == 0))
        assert veiled.started_at == veiled.ended_at == clock.now()
        assert await history.forget_veiled(session, clock.now() + 25 * HOUR) == 0
        assert await history.forget_veiled(session, clock.now() + 26 * HOUR) == 1
