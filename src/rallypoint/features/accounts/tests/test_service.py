from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from rallypoint.features.accounts.service import tokens as service
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Caller, Operator, Scope

ALICE, BOB = UserId(1), UserId(2**62)
A_DAY = timedelta(days=1)
ALICE_HERSELF = Actor(ALICE, GuildId(10), "Alice")


@pytest.fixture
def create(sessions, clock):
    async def create(user_id=ALICE, **wanted):
        async with sessions.begin() as session:
            told = {"by": Operator(), "now": clock.now()} | wanted
            return await service.create_token(session, user_id=user_id, **told)

    return create


@pytest.fixture
def open_with(sessions, clock):
    async def open_with(text):
        async with sessions.begin() as session:
            known = await service.authenticate(session, text, now=clock.now())
            if known is not None and not known.is_noted:
                await service.note_use(session, known.token_id, now=clock.now())
            return known and known.caller

    return open_with


async def test_a_token_speaks_for_its_person(create, open_with):
    alice, bob = await create(), await create(BOB, read_only=True)

    assert await open_with(alice.text) == Caller(ALICE, frozenset(Scope))
    assert await open_with(bob.text) == Caller(BOB, frozenset({Scope.READ}))


async def test_its_text_is_nowhere_in_the_database(create, sessions):
    made = await create()
    async with sessions() as session:
        (row,) = (await session.execute(text("SELECT * FROM token"))).mappings().all()

    secret = made.text.rpartition("_")[2]
    assert row["id"] in made.text
    assert not [value for value in row.values() if secret.encode() in str(value).encode()]


async def test_the_right_id_with_another_secret_opens_nothing(create, open_with):
    alice, bob = await create(), await create(BOB)
    mixed = alice.text[:16] + bob.text[16:]

    assert await open_with(mixed) is None
    assert await open_with(f"rp_{'0' * 12}_{'0' * 43}") is None
    assert await open_with("nonsense") is None


async def test_it_ends_with_its_last_day(create, open_with, clock):
    made = await create(days=1)
    clock.advance(A_DAY - timedelta(seconds=1))
    before = await open_with(made.text)
    clock.advance(timedelta(seconds=1))

    assert before is not None
    assert await open_with(made.text) is None


async def test_it_is_good_for_90_days_unless_it_is_said_otherwise(create, clock):
    assert (await create()).token.expires_at == clock.now() + 90 * A_DAY


async def test_one_that_was_taken_back_is_over_at_once_and_stays_so(
    create, open_with, sessions, clock
):
    made = await create()
    when = clock.now()
    for _ in range(2):
        async with sessions.begin() as session:
            revoked = await service.revoke_token(
                session, made.token.id, by=Operator(), now=clock.now()
            )
        clock.advance(A_DAY)

    assert await open_with(made.text) is None
    assert revoked.revoked_at == when


async def test_what_is_done_to_it_is_known_with_who_did_it_and_nothing_of_its_text(
    create, sessions, clock, audit_log
):
    made = await create(name="sheet", read_only=True, by=ALICE_HERSELF)
    for _ in range(2):
        async with sessions.begin() as session:
            await service.revoke_token(session, made.token.id, by=Operator(), now=clock.now())
        clock.advance(A_DAY)
    revoked, created = await audit_log(None)

    assert [(each.action, each.user_name, each.subject) for each in (created, revoked)] == [
        ("accounts.token_created", "Alice", f"token:{made.token.id}"),
        ("accounts.token_revoked", "the command line", f"token:{made.token.id}"),
    ]
    assert (created.before, revoked.after) == (None, None)
    assert (created.after["name"], created.after["scopes"]) == ("sheet", "read")
    assert revoked.before == {"name": "sheet", "user_id": "1"}
    assert made.text.rpartition("_")[2] not in str([created.after, revoked.before])


async def test_who_is_refused_leaves_no_entry(create, audit_log):
    with pytest.raises(Refused):
        await create(days=0)

    assert await audit_log(None) == []


async def test_what_is_not_there_cannot_be_taken_back(sessions, clock):
    async with sessions.begin() as session:
        with pytest.raises(NotFound):
            await service.revoke_token(session, "nothing", by=Operator(), now=clock.now())


async def test_its_use_is_noted_once_a_minute_at_most(create, open_with, sessions, clock):
    made = await create()
    noted = []
    for seconds in (0, 59, 1):
        clock.advance(timedelta(seconds=seconds))
        await open_with(made.text)
        async with sessions() as session:
            (token,) = await service.list_tokens(session, ALICE)
            noted.append((clock.now() - token.last_used_at).total_seconds())

    assert noted == [0, 59, 0]


async def test_a_scope_of_a_newer_version_opens_nothing_here(create, open_with, sessions):
    made = await create(read_only=True)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE token SET scopes = 'read rule'"))

    assert await open_with(made.text) == Caller(ALICE, frozenset({Scope.READ}))


async def test_what_has_been_over_for_a_month_is_forgotten(create, sessions, clock):
    expired, revoked, good = await create(days=1), await create(), await create(days=365)
    async with sessions.begin() as session:
        await service.revoke_token(
            session, revoked.token.id, by=Operator(), now=clock.now() + A_DAY
        )
    forgotten = []
    for days in (31, 1):
        clock.advance(days * A_DAY)
        async with sessions.begin() as session:
            forgotten.append(await service.forget_old(session, clock.now()))

    async with sessions() as session:
        left = await service.list_tokens(session)
    assert forgotten == [0, 2]
    assert [each.id for each in left] == [good.token.id]
    assert expired.token.id != good.token.id


async def test_the_list_is_of_one_person_or_of_all(create, sessions):
    await create()
    bobs = await create(BOB)

    async with sessions() as session:
        assert [each.id for each in await service.list_tokens(session, BOB)] == [bobs.token.id]
        assert len(await service.list_tokens(session)) == 2
