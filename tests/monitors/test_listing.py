"""From a file to who is called: all of it, or nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import cast

import pytest

from rallypoint import cli
from rallypoint.features.deliveries.model import Delivery, Destination, DestinationState
from rallypoint.features.monitors import jobs, texts
from rallypoint.features.monitors.model import Monitor
from rallypoint.features.monitors.service import listing, sealing
from rallypoint.kernel.errors import CannotStart, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.settings import FixedSettings
from rallypoint.kernel.vault import LENT, Vault

from .conftest import HOOK, LOBBY, joined

ONE = {"channel_id": LOBBY, "webhooks": {"new_user_webhooks": [f"{HOOK}/1", f"{HOOK}/2"]}}


def active(destinations):
    return {
        each.config.get("key") or each.config.get("url")
        for each in destinations
        if each.state == DestinationState.ACTIVE
    }


async def test_the_same_file_again_changes_nothing(list_channels, rows):
    first = await list_channels(ONE)
    ids = [each.id for each in await rows(Destination)]
    second = await list_channels(ONE)

    assert (first.new, second.same) == (["10"], ["10"])
    assert [each.id for each in await rows(Destination)] == ids


async def test_a_changed_file_ends_what_is_not_in_it_any_more(list_channels, rows):
    await list_channels(ONE, {"channel_id": 11, "redis": {"queue": "q"}})
    report = await list_channels({"channel_id": LOBBY, "redis": {"queue": "r"}})

    assert (report.changed, report.removed) == (["10"], ["11"])
    assert active(await rows(Destination)) == {"r"}
    assert [row.channel_id for row in await rows()] == ["10"]


async def test_what_was_imported_stays_when_the_settings_file_changes(list_channels, rows):
    await list_channels(ONE, source=listing.IMPORT)
    report = await list_channels({"channel_id": 11})
    await list_channels(source=listing.FILE)

    assert report.idle == ["11"]
    assert [(row.channel_id, row.source) for row in await rows()] == [("10", "import")]


async def test_who_was_in_the_channel_is_kept_when_the_file_changes(
    list_channels, lobby, happens, call_out, rows
):
    await happens(joined(1))
    await call_out()
    await list_channels(ONE)
    [row] = await rows()

    assert row.users == [[1, "u1"]]


async def test_a_destination_that_was_given_up_on_gets_another_chance_at_a_start(
    list_channels, rows, sessions
):
    await list_channels(ONE)
    async with sessions.begin() as session:
        (await session.get(Destination, 1)).state = DestinationState.DISABLED
    await list_channels(ONE)

    assert active(await rows(Destination)) == {"https://hooks.example/"}


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://{{id}}.example/", "channels[0].webhooks.new_user_webhooks[0] cannot be called: "),
        ("ftp://hooks.example/", "channels[0].webhooks.new_user_webhooks[0] cannot be called: "),
        (
            "https://h.example/{{name}}",
            "channels[0].webhooks.new_user_webhooks[0] cannot be called: ",
        ),
    ],
)
async def test_an_address_that_cannot_be_called_is_refused_with_its_place(
    list_channels, rows, address, why
):
    with pytest.raises(Refused) as refused:
        await list_channels({"channel_id": 1, "webhooks": {"new_user_webhooks": [address]}})

    assert texts.words(refused.value).startswith(why)
    assert (await rows(), await rows(Destination)) == ([], [])


async def test_private_addresses_are_named_once(list_channels):
    hooks = ["http://192.168.1.5:5678/a", "http://192.168.1.5:5678/b", "http://[fd00::5]/c"]
    report = await list_channels(
        {"channel_id": 1, "webhooks": {"new_user_webhooks": [*hooks, "https://8.8.8.8/"]}}
    )

    assert [(str(host), port) for host, port in report.private] == [
        ("192.168.1.5", 5678),
        ("fd00::5", 80),
    ]


@pytest.fixture
def start(sessions, clock, tmp_path):
    """`await start(text)`: the program with that channels file; None: without one."""

    async def run(text, **more):
        file = tmp_path / "channels.json"
        settings = FixedSettings(channels_file=None if text is None else file, **more)
        if text is not None:
            file.write_text(text)
        await jobs.start(Parts(sessions, clock, cast(Discord, None), settings=settings))

    return run


async def test_the_file_of_the_setting_is_read_at_each_start(start, rows):
    await start(json.dumps({"channels": [ONE]}))
    assert [row.source for row in await rows()] == ["file"]
    await start(None)

    assert await rows() == []


async def test_a_wrong_file_keeps_the_program_from_starting_and_says_what_to_mend(start, rows):
    with pytest.raises(CannotStart) as refused:
        await start('{"channels": [{"channel_id": 1, "webhook": {}}]}')

    assert str(refused.value) == (
        "RALLYPOINT_CHANNELS_FILE: There is no key webhook at channels[0].webhook; did you mean"
        " webhooks? Remarks begin with _. Mend the file, or unset the key"
    )


@pytest.fixture
def rallypoint(tmp_path, monkeypatch, capsys, sqlite_template):
    """`rallypoint("import", "dbot", file)`: the exit code, what it said, and what it complained of."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rallypoint.db").write_bytes(Path(sqlite_template).read_bytes())
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rallypoint", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_the_import_says_what_it_does_and_a_dry_run_does_nothing(rallypoint, tmp_path):
    file = tmp_path / "config.json"
    hooks = {"new_user_webhooks": ["http://192.168.1.5:5678/hook"]}
    channels = [
        {"channel_id": 9876543210987654321, "webhooks": hooks, "redis": {"queue": "events"}},
        {"channel_id": 2},
    ]
    file.write_text(json.dumps({"channels": channels}))
    code, out, _ = rallypoint("import", "dbot", file, "--dry-run")
    assert (code, out.splitlines()) == (
        0,
        [
            "Channels: 2 new.",
            "Nothing is sent for 2: no address and no queue is named there.",
            "Redis lists: events. They are in the Redis that RALLYPOINT_REDIS_URL names.",
            "Not on the public internet, but allowed, for who runs the program has named it:"
            " 192.168.1.5:5678. To let the servers' admins send there as well, set",
            "  RALLYPOINT_HTTP_ALLOWED=192.168.1.5:5678",
            "The channels were not looked up: there is no RALLYPOINT_TOKEN.",
            "Nothing was changed.",
        ],
    )
    assert rallypoint("import", "dbot", file)[1].startswith("Channels: 2 new.")
    assert rallypoint("import", "dbot", file)[1].startswith("Channels: 2 as before.")


def test_a_wrong_file_is_one_line_and_changes_nothing(rallypoint, tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"channels": [{"channel_id": 1}, {"channel_id": 1}]}')
    code, out, err = rallypoint("import", "dbot", file)

    assert (code, out) == (2, "")
    assert err == (
        "rallypoint: channels[1].channel_id: the channel 1 is that of channels[0] already;"
        " put both into one.\n"
    )
    assert rallypoint("import", "dbot", tmp_path / "none.json")[0] == 2


async def test_nothing_waits_for_a_destination_that_went(
    list_channels, lobby, happens, call_out, rows
):
    await happens(joined(1))
    await list_channels()
    await call_out()

    assert await rows(Delivery) == []


async def test_two_lists_with_long_names_are_two_destinations(list_channels, rows):
    names = ["q" * 200 + end for end in "ab"]
    await list_channels({"channel_id": 1, "redis_queues": [{"queue": each} for each in names]})

    assert active(await rows(Destination)) == set(names)


async def test_addresses_of_a_former_version_and_of_other_keys_are_sealed_at_the_start(
    list_channels, rows, sessions, clock
):
    await list_channels(ONE, source=listing.IMPORT)
    [before] = await rows()
    [to] = before.destinations.values()
    plain = {"new_user": [[to, f"{HOOK}/1"], [to, f"{HOOK}/2"]]}
    info = sessions.kw["info"]
    ours, theirs, both = (Vault(keys) for keys in (["k" * 32], ["o" * 32], ["k" * 32, "o" * 32]))

    async def start(vault, routes=None):
        info[LENT] = vault
        async with sessions.begin() as session:
            row = await session.get(Monitor, "10")
            row.routes = routes or row.routes
            lost = await sealing.renew(session, now=clock.now())
            assert routes is None or HOOK not in str(row.routes)
            return lost, sealing.opened(session, row.routes)

    of_old = await start(theirs, plain)
    none, lost = await start(ours), await start(ours)
    again, now_ours = await start(both), await start(ours)

    assert [of_old, again, now_ours] == [([], plain)] * 3
    assert [none, lost] == [(["10"], None)] * 2


async def test_addresses_of_a_lost_key_are_read_from_the_file_again(list_channels, rows, sessions):
    await list_channels(ONE)
    [before] = await rows()
    [to] = before.destinations.values()
    async with sessions.begin() as session:
        (await session.get(Monitor, "10")).routes = {"new_user": [[to, "gAAA"]]}
    report = await list_channels(ONE)
    [row] = await rows()
    async with sessions() as session:
        opened = sealing.opened(session, row.routes) or {}

    assert report.changed == ["10"]
    assert opened["new_user"] == [[to, f"{HOOK}/1"], [to, f"{HOOK}/2"]]
