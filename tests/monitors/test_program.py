"""The whole program: somebody comes into a voice channel at Discord, and dbot's receivers are called."""

from __future__ import annotations

import json
import socket
from functools import partial

import aiohttp
import pytest
from pydantic import SecretStr

from rallypoint.adapters.discord import inspection
from rallypoint.features.monitors import jobs as edges
from rallypoint.features.monitors import texts
from rallypoint.kernel.errors import Refused
from tests.deliveries.receiver import Receiver


@pytest.fixture
async def receiver():
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
def metrics_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def house_rules(guild, alice, receiver, metrics_port, tmp_path):
    hook = f"{receiver.url}/hook?e={{{{type}}}}&u={{{{username}}}}{{{{usernames_safe}}}}"
    names = ("new_user", "user_left", "users_connected", "users_left")
    hooks = {f"{name}_webhooks": [hook] for name in names}
    file = tmp_path / "config.json"
    file.write_text(
        json.dumps(
            {"channels": [{"channel_id": int(guild.channel("Lobby").id), "webhooks": hooks}]}
        )
    )
    return {
        "channels_file": file,
        "metrics_port": metrics_port,
        "health_ping_url": SecretStr(f"{receiver.url}/ping"),
    }


async def test_comings_and_goings_are_called_out_counted_and_the_health_check_told(
    house, alice, receiver, metrics_port, eventually
):
    async def hooks():
        return [got.path for got in receiver.got if got.path.startswith("/hook")]

    async def pings():
        return sum(got.path == "/ping" for got in receiver.got)

    await eventually(pings, 1)
    await alice.joins("Lobby")
    came = ["/hook?e=new_user&u=alice", "/hook?e=users_connected&u=alice"]
    await eventually(hooks, came)
    await alice.leaves()
    await eventually(hooks, [*came, "/hook?e=user_left&u=alice", "/hook?e=users_left&u="])
    house.clock.advance(60)
    await eventually(pings, 2)
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{metrics_port}/metrics") as response,
    ):
        told = (await response.text()).splitlines()

    assert "webhooks 4.0" in told
    assert any(line.startswith("notifications{") and line.endswith(" 4.0") for line in told)
    assert 'rallypoint_sent_total{verdict="delivered",way="http"} 6.0' in told


async def test_an_import_asks_discord_whether_they_are_voice_channels(fake, guild, alice, tmp_path):
    text, file = guild.add_channel("lobby-chat"), tmp_path / "config.json"
    lobby = guild.channel("Lobby").id

    async def check(*channels):
        file.write_text(json.dumps({"channels": [{"channel_id": int(each)} for each in channels]}))
        find = partial(inspection.find_channels, fake.token, fake.url)
        return await edges.check_channels(file, find)

    assert await check(lobby) == []
    [note] = await check(lobby, 5)
    assert note.startswith("channels[1].channel_id: the bot sees no channel 5; ")
    with pytest.raises(Refused) as refused:
        await check(lobby, text.id)

    assert texts.words(refused.value) == (
        f"channels[1].channel_id: {text.id} (lobby-chat) is no voice channel;"
        f" did you mean {lobby} (Lobby)?"
    )
