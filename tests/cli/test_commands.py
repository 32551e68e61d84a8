from __future__ import annotations

import asyncio
import json
import signal
import sys

import pytest

from fakecord import Fakecord
from rallypoint.app.storage import up_to_date
from rallypoint.kernel.settings import FixedSettings


@pytest.fixture
async def discord():
    async with Fakecord() as fake:
        fake.guild("Demo").member("alice", owner=True)
        yield fake


@pytest.fixture
def env(discord) -> dict[str, str]:
    return {
        "RALLYPOINT_TOKEN": discord.token,
        "RALLYPOINT_DISCORD_URL": discord.url,
        "RALLYPOINT_PORT": "0",
        "RALLYPOINT_METRICS_PORT": "0",
    }


async def test_the_version_and_the_help(rallypoint):
    version, overview = await asyncio.gather(rallypoint("--version"), rallypoint("--help"))

    assert (version.code, version.out.split()[0]) == (0, "rallypoint")
    assert overview.code == 0
    for command in ("up", "demo", "doctor", "migrate", "settings", "invite"):
        assert f" {command} " in overview.out


async def test_it_starts_without_anything_warmed_for_it():
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rallypoint", "--version"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await started.communicate()

    assert (started.returncode, said.split()[0]) == (0, b"rallypoint")


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
async def test_up_ends_cleanly_at_a_signal(discord, start, env, with_signal):
    async with start("up", **env) as program:
        await discord.until(lambda: discord.gateway.connected, timeout=20)

        done = await program.ends(with_signal)

    assert (done.code, done.out, done.err) == (0, "", "")
    await discord.until(lambda: not discord.gateway.connected)


async def test_a_second_program_on_the_same_data_is_refused_and_touches_nothing(
    discord, start, rallypoint, env
):
    async with start("up", **env) as first:
        await discord.until(lambda: discord.gateway.connected, timeout=20)
        identifies = discord.gateway.identifies

        second = await rallypoint("up", **env)

        second.check_one_line(1, str(first.pid), "stop that one")
        assert discord.gateway.identifies == identifies
        assert (await first.ends(signal.SIGTERM)).code == 0


async def test_the_doctor_runs_beside_the_program(discord, start, rallypoint, env):
    async with start("up", **env):
        await discord.until(lambda: discord.gateway.connected, timeout=20)

        done = await rallypoint("doctor", "--json", **env)

    findings = {each["subject"]: each for each in json.loads(done.out)}
    assert done.code == 0, findings
    assert findings["database"]["grade"] == findings["token"]["grade"] == "ok"


async def test_the_doctor_tells_every_bad_setting_and_fails(rallypoint, tmp_path):
    (tmp_path / ".env").write_text("RALLYPOINT_PORT=x\nRALLYPOINT_TOKN=y\n")

    done = await rallypoint("doctor")

    assert done.code == 1
    assert "RALLYPOINT_TOKEN?" in done.out


async def test_a_setting_is_set_shown_and_reset(rallypoint, tmp_path):
    async with up_to_date(FixedSettings(data=tmp_path / "data")):
        pass
    key, guild = "rooms.empty_after", ("--guild", "5")

    assert (await rallypoint("settings", "set", *guild, key, "90s")).code == 0
    shown, elsewhere = await asyncio.gather(
        rallypoint("settings", "show", *guild, "--json", key),
        rallypoint("settings", "show", "--guild", "6", "--json", key),
    )
    assert json.loads(shown.out) == [{"key": key, "value": 90, "origin": "guild"}]
    assert json.loads(elsewhere.out)[0]["origin"] == "default"

    assert (await rallypoint("settings", "reset", *guild, key)).code == 0
    shown = await rallypoint("settings", "show", *guild, "--json", key)
    assert json.loads(shown.out)[0]["origin"] == "default"


async def test_an_invite_for_the_tokens_application(rallypoint):
    done = await rallypoint("invite", RALLYPOINT_TOKEN="ODAzNTExMTAyMjQ2Nzg5MTI.x.y")

    assert (done.code, done.err) == (0, "")
    assert "client_id=80351110224678912&" in done.out
