"""Whoever reads the database alone knows neither what messages are signed with nor the addresses they go to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from rallypoint.adapters.db import Database
from rallypoint.features.deliveries import jobs as edges
from rallypoint.features.deliveries.model import Destination
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.service import managing
from rallypoint.features.destinations.service import log
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Grade, Parts
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.vault import Vault

from .conftest import ALICE, GUILD

SECOND = timedelta(seconds=1)
KEY, OTHER = "k" * 32, "o" * 32
PATH = "/in/hush?token=hush"


@pytest.fixture
def start(sessions, clock):
    """As at each start of the program; what its doctor says then."""
    parts = Parts(sessions, clock, cast(Discord, None))

    async def run():
        await edges.start(parts)
        [finding] = await edges.check(parts)
        return finding

    return run


@pytest.fixture
def in_plain(sessions):
    """As a former version has left it."""

    async def make(made, url):
        async with sessions.begin() as session:
            row = await session.get(Destination, made.destination.id)
            row.config = {"url": url}
            row.secrets = [{"secret": made.secret, "until": None}]

    return make


def kept(row):
    return str((row.config, row.secrets))


async def test_neither_is_in_the_row_and_both_are_in_what_is_sent(
    subscribed, joins, deliver, receiver, destination, use, clock
):
    url = f"{receiver.url}{PATH}"
    made = await subscribed(url=url)
    got = await subscribed(Kind.WEBHOOK_GET, url=f"{receiver.url}/get/hush?who={{{{ kind }}}}")
    await joins()
    await deliver()
    rows = [await destination(each.destination.id) for each in (made, got)]
    [sent] = await use(log.deliveries, rows[0].id, log.Filter(), most=1, by=ALICE)
    line = await use(log.as_curl, rows[0].id, sent.id, by=ALICE, now=clock.now())

    assert not [row for row in rows if "hush" in kept(row) or "whsec" in kept(row)]
    assert sorted(each.path for each in receiver.got) == [
        "/get/hush?who=presence.joined",
        PATH,
    ]
    assert url in line
    assert {managing.audited(row)["to"] for row in rows} == {receiver.url}


async def test_what_a_former_version_wrote_is_read_on_and_sealed_at_the_next_start(
    subscribed, joins, deliver, receiver, destination, in_plain, start
):
    made = await subscribed()
    await in_plain(made, f"{receiver.url}{PATH}")
    await joins()
    await deliver()
    assert (await start()).grade is Grade.OK
    row = await destination(made.destination.id)
    sealed = row.config, row.secrets
    await start()
    again = await destination(made.destination.id)
    await joins()
    await deliver()

    assert [each.path for each in receiver.got] == [PATH, PATH]
    assert "hush" not in kept(row)
    assert made.secret not in kept(row)
    assert (again.config, again.secrets) == sealed


@pytest.mark.parametrize("is_address", [True, False], ids=["address", "secret"])
async def test_either_alone_is_sealed_at_the_next_start(
    subscribed, receiver, destination, sessions, start, is_address
):
    url = f"{receiver.url}{PATH if is_address else '/'}"
    made = await subscribed(url=url)
    async with sessions.begin() as session:
        row = await session.get(Destination, made.destination.id)
        if is_address:
            row.config = {"url": url}
        else:
            row.secrets = [{"secret": made.secret, "until": None}]
    before = kept(await destination(made.destination.id))
    await start()
    after = kept(await destination(made.destination.id))

    plain = PATH if is_address else made.secret
    assert (plain in before, plain in after) == (True, False)


async def test_an_address_alone_whose_key_is_lost_is_enough(
    subscribed, receiver, destination, keys, start
):
    got = await subscribed(Kind.WEBHOOK_GET, url=f"{receiver.url}/get/hush?who={{{{ kind }}}}")
    keys(OTHER)
    await start()

    assert (await destination(got.destination.id)).reason == "unreadable"


async def test_what_was_sent_by_one_whose_key_is_lost_makes_no_line_for_a_shell(
    subscribed, joins, deliver, receiver, keys, use, clock
):
    number = (await subscribed(url=f"{receiver.url}{PATH}")).destination.id
    await joins()
    await deliver()
    [sent] = await use(log.deliveries, number, log.Filter(), most=1, by=ALICE)
    keys(OTHER)

    with pytest.raises(Refused, match="destination_unreadable"):
        await use(log.as_curl, number, sent.id, by=ALICE, now=clock.now())


async def test_one_that_a_person_paused_stays_paused_when_its_key_is_back(
    subscribed, receiver, destination, keys, start, use, clock
):
    number = (await subscribed(url=f"{receiver.url}{PATH}")).destination.id
    await use(managing.pause, number, by=ALICE, now=clock.now())
    keys(OTHER)
    await start()
    keys(KEY)
    await start()
    row = await destination(number)

    assert (row.state, row.reason) == ("paused", None)


async def test_an_old_key_is_needed_until_the_next_start(
    subscribed, joins, deliver, receiver, keys, start
):
    await subscribed(url=f"{receiver.url}{PATH}")
    keys(OTHER, KEY)
    await joins()
    await deliver()
    await start()
    keys(OTHER)
    await joins()
    await deliver()

    assert len(receiver.got) == 2


async def test_a_start_with_another_key_lengthens_no_secret_and_resumes_nobodys_pause(
    subscribed, destination, keys, start, use, clock
):
    number = (await subscribed()).destination.id
    await use(managing.rotate, number, by=ALICE, now=clock.now())
    await use(managing.pause, number, by=ALICE, now=clock.now())
    before = await destination(number)
    keys(OTHER, KEY)
    await start()
    row = await destination(number)

    assert [each["sealed"] for each in row.secrets] != [each["sealed"] for each in before.secrets]
    assert [each["until"] for each in row.secrets] == [each["until"] for each in before.secrets]
    assert (row.state, row.reason) == ("paused", None)


async def test_one_whose_key_is_lost_is_paused_and_told_and_goes_on_with_the_key(
    subscribed, joins, deliver, receiver, destination, keys, start, rows, use, clock, audit_log
):
    made = await subscribed(url=f"{receiver.url}{PATH}")
    keys(OTHER)
    await joins()
    await deliver()
    row = await destination(made.destination.id)
    found = await start()
    waiting = [each.state for each in await rows()]
    [told, *_] = await audit_log(GUILD)
    with pytest.raises(Refused, match="destination_unreadable"):
        await use(managing.resume, row.id, by=ALICE, now=clock.now())
    keys(KEY)
    await start()
    await deliver()

    assert (row.state, row.reason) == ("paused", "unreadable")
    assert waiting == ["pending"]
    assert (found.grade, row.name in found.fact) == (Grade.FAILURE, True)
    assert (told.action, told.after) == (
        "deliveries.destination_paused",
        {"reason": "unreadable"},
    )
    assert [each.path for each in receiver.got] == [PATH]


@pytest.mark.parametrize("secret_first", [True, False])
async def test_one_whose_key_is_lost_goes_on_with_another_address_and_secret(
    subscribed, joins, deliver, receiver, destination, keys, start, use, clock, terms, secret_first
):
    made = await subscribed(url=f"{receiver.url}{PATH}")
    number, url = made.destination.id, f"{receiver.url}/new"
    keys(OTHER)
    await start()
    await joins()
    await deliver()

    async def edit(config):
        await use(managing.edit, number, config=config, terms=terms, by=ALICE, now=clock.now())

    async def rotate():
        await use(managing.rotate, number, by=ALICE, now=clock.now())

    with pytest.raises(Refused, match="destination_unreadable"):
        await edit({})
    if secret_first:
        await rotate()
    await edit({"url": url})
    half = await destination(number)
    if not secret_first:
        await rotate()
    row = await destination(number)
    await deliver()

    assert half.state == ("active" if secret_first else "paused")
    assert (row.state, row.reason, len(row.secrets)) == ("active", None, 1)
    assert [each.path for each in receiver.got] == ["/new"]


async def test_what_is_sealed_for_one_row_is_of_no_use_in_another(
    subscribed, joins, deliver, receiver, sessions, destination
):
    ours, theirs = [await subscribed(url=f"{receiver.url}{PATH}") for _ in range(2)]
    async with sessions.begin() as session:
        row = await session.get(Destination, ours.destination.id)
        other = await session.get(Destination, theirs.destination.id)
        other.secrets = row.secrets
    await joins()
    await deliver()

    assert len(receiver.got) == 1
    assert (await destination(theirs.destination.id)).reason == "unreadable"


async def test_nothing_of_it_stays_in_the_file(tmp_path, sqlite_template, clock):
    path = tmp_path / "rallypoint.db"
    path.write_bytes(Path(sqlite_template).read_bytes())
    async with await Database.open(f"sqlite:///{path}", Vault([KEY])) as database:
        async with database.sessions.begin() as session:
            row = Destination(
                name="old",
                kind="webhook.post",
                config={"url": "https://h.example/hush-path"},
                secrets=[{"secret": "whsec_hush", "until": None}],
                state="active",
                created_at=clock.now(),
                updated_at=clock.now(),
            )
            session.add(row)
        before = all_of(tmp_path)
        await edges.start(Parts(database.sessions, clock, cast(Discord, None)))

    assert (b"hush-path" in before, b"whsec_hush" in before) == (True, True)
    assert (b"hush-path" in all_of(tmp_path), b"whsec_hush" in all_of(tmp_path)) == (False, False)


def all_of(folder):
    return b"".join(each.read_bytes() for each in folder.iterdir())
