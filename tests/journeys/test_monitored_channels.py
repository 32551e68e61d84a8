"""Channels of a file: the program is killed while it calls, and while nobody looks somebody comes and goes."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.deliveries.receiver import Receiver


@pytest.fixture
async def receiver():
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
async def monitored(program, guild, receiver):
    hook = f"{receiver.url}/{{{{type}}}}/{{{{username}}}}{{{{usernames_safe}}}}"
    types = ("new_user", "user_left", "users_connected", "users_left")
    channel = {
        "channel_id": int(guild.channel("Lobby").id),
        "webhooks": {f"{each}_webhooks": [hook] for each in types},
    }
    file = program.folder / "channels.json"
    file.write_text(json.dumps({"channels": [channel]}))
    await program.kill()
    program.settings["RALLYPOINT_CHANNELS_FILE"] = str(file)


async def test_a_kill_within_a_call_repeats_it_and_what_happened_meanwhile_follows_as_one_change(
    monitored, program, alice, bob, receiver
):
    await program.start()
    receiver.hold = asyncio.Event()
    await alice.joins("Lobby")
    await program.until(lambda: receiver.waiting == 1)
    await program.kill()
    receiver.hold.set()
    receiver.hold = None
    await alice.leaves()
    await bob.joins("Lobby")
    await program.start()
    told = ["new_user/alice", "users_connected/alice", "new_user/bob", "user_left/alice"]
    await program.until(lambda: receiver.got and receiver.got[-1].path == "/user_left/alice")

    assert [got.path for got in receiver.got] == ["/new_user/alice", *(f"/{each}" for each in told)]
