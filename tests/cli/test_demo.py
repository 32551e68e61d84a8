from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest

from .conftest import first_child, gone

DEMO = ("demo", "--port", 0, "--discord-port", 0, "--json")


@pytest.fixture
def temporary(tmp_path):
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


async def ask(http: httpx.AsyncClient, method: str, url: str, body: object = None):
    answer = await http.request(method, url, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def channel_names(http, scene) -> set[str]:
    guild = await ask(http, "GET", f"{scene['control']}/guilds/{scene['guild_id']}")
    return set(guild["channels"])


async def test_a_room_opens_and_vanishes_by_itself(start, http, temporary):
    async with start(*DEMO, TMPDIR=str(temporary)) as demo:
        scene = await demo.line()
        assert set(scene["members"]) == {"alice", "bob", "charlie", "dana", "mallory"}
        assert scene["channels"].keys() == {"general", "Lobby"}
        page = await http.get(scene["dashboard"], headers={"Accept": "text/html"})
        assert f'href="{scene["discord"]}"' in page.text

        tasks = f"{scene['dashboard']}/api/v1/guilds/{scene['guild_id']}/scheduled-tasks"
        token = {"Authorization": f"Bearer {scene['token']}"}
        assert (await http.get(tasks, headers=token)).json() == {"items": []}
        alice = f"{scene['control']}/members/alice"
        answered = await ask(http, "POST", f"{alice}/run", {"command": "/room public"})
        assert "10 s" in answered["reply"]["text"]
        assert len(await channel_names(http, scene)) == 3

        await ask(http, "POST", f"{scene['control']}/clock", {"freeze": True})
        await ask(http, "POST", f"{scene['control']}/clock", {"advance": 11})
        async with asyncio.timeout(10):
            version = -1
            while len(await channel_names(http, scene)) > 2:
                state = f"{scene['control']}/state?after={version}&timeout=5"
                version = (await ask(http, "GET", state))["version"]


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_and_its_discord_and_its_folder(start, temporary, with_signal):
    async with start(*DEMO, TMPDIR=str(temporary)) as demo:
        await demo.line()
        (child,) = demo.children()
        assert len(list(temporary.iterdir())) == 1

        done = await demo.ends(with_signal)

        assert (done.code, done.out, done.err) == (0, "", "")
        await gone(child)
        assert list(temporary.iterdir()) == []


async def test_a_signal_before_it_is_ready_ends_all_of_it_too(start, temporary):
    async with start(*DEMO, TMPDIR=str(temporary)) as demo:
        child = await first_child(demo)

        done = await demo.ends(signal.SIGTERM)

        assert (done.code, done.out, done.err) == (0, "", "")
        await gone(child)
        assert list(temporary.iterdir()) == []


async def test_its_discord_ends_with_it_even_when_it_is_killed(start, temporary):
    async with start(*DEMO, TMPDIR=str(temporary)) as demo:
        await demo.line()
        (child,) = demo.children()

        await demo.ends(signal.SIGKILL)

        await gone(child)


async def test_it_ends_when_its_discord_dies(start, temporary):
    async with start(*DEMO, TMPDIR=str(temporary)) as demo:
        await demo.line()
        (child,) = demo.children()
        os.kill(child, signal.SIGKILL)

        done = await demo.finished()

        assert done.code == 1
        assert "rallypoint: the local Discord died" in done.err.splitlines()[-1]
        assert list(temporary.iterdir()) == []


async def test_with_its_folder_kept_it_goes_on_where_it_was(start, http, tmp_path):
    kept = (*DEMO, "--data", tmp_path / "kept")
    async with start(*kept) as demo:
        before = await demo.line()
        done = await demo.ends(signal.SIGTERM)
        assert done.code == 0

    async with start(*kept) as demo:
        after = await demo.line()

        for what in ("guild_id", "members", "channels"):
            assert after[what] == before[what]
        asked = f"{after['dashboard']}/api/v1/scheduled-tasks/types"
        opened = [
            (
                await http.get(asked, headers={"Authorization": f"Bearer {each['token']}"})
            ).status_code
            for each in (before, after)
        ]
        assert opened == [401, 200]


async def test_neither_token_nor_database_of_the_environment_is_touched(start, http, tmp_path):
    real = {
        "RALLYPOINT_TOKEN": "MTIz.real.token",
        "RALLYPOINT_DATABASE_URL": f"sqlite:///{tmp_path}/real.db",
    }
    (tmp_path / ".env").write_text("RALLYPOINT_PORT=1\n")
    async with start(*DEMO, **real) as demo:
        scene = await demo.line()
        ready = await ask(http, "GET", f"{scene['dashboard']}/readyz")

        assert ready["ready"]
        assert not (tmp_path / "real.db").exists()
