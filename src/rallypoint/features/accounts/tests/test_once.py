from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.features.accounts.service import once, privacy
from rallypoint.kernel.errors import Conflict, Refused
from rallypoint.kernel.ids import UserId

DAY = timedelta(hours=24)
ALICE, BOB = UserId(1), UserId(2)


@pytest.fixture
def claim(sessions, clock):
    async def claim(user_id=ALICE, request=b"x" * 32):
        async with sessions.begin() as session:
            return await once.claim_request(
                session, "key", user_id=user_id, request=request, now=clock.now()
            )

    return claim


async def test_of_a_killed_process_the_key_is_free_after_two_minutes(sessions, clock, claim):
    killed = await claim()
    clock.advance(timedelta(seconds=119))
    with pytest.raises(Conflict):
        await claim()
    clock.advance(timedelta(seconds=1))
    next_one = await claim()
    async with sessions.begin() as session:
        # It was not killed after all, but late.
        await once.keep_answer(session, killed, b"late", now=clock.now())
        await once.give_back_request(session, killed)
        await once.keep_answer(session, next_one, b"answer", now=clock.now())

    assert await claim() == b"answer"
    clock.advance(DAY - timedelta(seconds=1))
    async with sessions.begin() as session:
        assert await once.forget_old(session, clock.now()) == 0
        assert await once.forget_old(session, clock.now() + timedelta(seconds=1)) == 1


async def test_of_what_was_asked_once_only_its_moment_is_told_and_it_can_be_forgotten(
    sessions, clock, claim
):
    run = await claim()
    await claim(BOB)
    with pytest.raises(Refused, match="idempotency_key_used"):
        await claim(request=b"y" * 32)
    async with sessions.begin() as session:
        await once.keep_answer(session, run, b"whsec", now=clock.now())
        told = await privacy.export(session, ALICE)
        assert await privacy.forget(session, ALICE, clock.now()) == 1

    assert told["idempotency_keys"] == [{"begun_at": clock.now().isoformat()}]
    assert await claim(request=b"y" * 32) != b"whsec"
    with pytest.raises(Conflict):
        await claim(BOB)
