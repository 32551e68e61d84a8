"""`python -m fakecord` as a process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import aiohttp
import pytest

from fakecord.connector import connector


@pytest.fixture
async def start():
    """`await start("--port", "0")`: the process, not yet heard."""
    running = []

    async def begin(*arguments):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "fakecord",
            *arguments,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told(process):
    return json.loads(await asyncio.wait_for(process.stdout.readline(), 20))


async def test_it_tells_where_it_is_and_ends_when_told(start, http):
    process = await start("--port", "0", "--json", "--guild", "Club")
    facts = await told(process)
    async with http.get(facts["control"] + "/guilds/" + facts["guild_id"]) as response:
        guild = await response.json()
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 10)

    assert guild["name"] == "Club"
    assert (process.returncode, errors) == (0, b"")


async def test_with_a_tls_port_it_tells_whom_to_trust(start, tmp_path):
    ca = tmp_path / "ca.pem"
    process = await start(
        "--port",
        "0",
        "--json",
        "--tls-port",
        "0",
        "--ca",
        str(ca),
        "--redirect-uri",
        "https://a.example/",
    )
    facts = await told(process)
    named = connector(facts["tls_port"], ca)
    async with (
        aiohttp.ClientSession(connector=named) as http,
        http.get("https://discord.com/api/v10/gateway") as response,
    ):
        gateway = await response.json()
    query = f"client_id={facts['application_id']}&response_type=code&scope=everything"
    async with aiohttp.ClientSession() as http:
        url = f"{facts['url']}/oauth2/authorize?{query}"
        async with http.get(url, allow_redirects=False) as response:
            led_to = response.headers["Location"]

    assert facts["ca_file"] == str(ca)
    assert led_to.startswith("https://a.example/?error=invalid_scope")
    assert gateway == {"url": "wss://gateway.discord.gg"}


async def test_its_world_survives_in_its_file(start, http, tmp_path):
    file = tmp_path / "world.json"
    first = await start("--port", "0", "--json", "--state", str(file))
    facts = await told(first)
    url = f"{facts['control']}/guilds/{facts['guild_id']}/members"
    async with http.post(url, json={"name": "alice"}) as response:
        alice = await response.json()
    first.send_signal(signal.SIGTERM)
    await asyncio.wait_for(first.communicate(), 10)
    second = await start("--port", "0", "--json", "--state", str(file))
    facts = await told(second)
    async with http.get(f"{facts['control']}/guilds/{facts['guild_id']}") as response:
        again = await response.json()

    assert again["members"]["alice"] == alice["id"]


async def test_what_was_saved_before_a_kill_is_there(start, http, tmp_path):
    file = tmp_path / "world.json"
    process = await start("--port", "0", "--json", "--state", str(file))
    await told(process)
    process.kill()
    await process.communicate()

    assert [each["name"] for each in json.loads(file.read_text())["guilds"]] == ["Demo"]


async def test_a_taken_port_is_one_clear_line(start, fake):
    port = fake.url.rsplit(":", 1)[1]
    process = await start("--port", port)
    _, errors = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 1
    assert errors.decode().splitlines() == [
        f"fakecord: port {port} is taken: choose another with --port, or 0 for a free one"
    ]


async def test_a_file_that_cannot_be_written_is_one_clear_line(start, tmp_path):
    process = await start("--port", "0", "--state", str(tmp_path / "no" / "world.json"))
    _, errors = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 1
    assert len(errors.decode().splitlines()) == 1


@pytest.mark.parametrize("content", ["{", '{"guilds": 1}'], ids=["no JSON", "no world"])
async def test_a_broken_file_is_refused_and_kept(start, tmp_path, content):
    file = tmp_path / "world.json"
    file.write_text(content)
    process = await start("--port", "0", "--state", str(file))
    _, errors = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 1
    assert len(errors.decode().splitlines()) == 1
    assert file.read_text() == content


async def test_it_misbehaves_as_a_file_plans_it(start, http, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text('{"requests": [{"path": "/gateway", "status": 503, "times": 1}]}')
    facts = await told(
        await start("--port", "0", "--json", "--faults", str(plan), "--documented-limits")
    )
    statuses = []
    for _ in range(2):
        async with http.get(facts["api"] + "/gateway") as response:
            statuses.append(response.status)

    assert statuses == [503, 200]


async def test_it_says_what_is_wrong_with_a_plan(start, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text('{"sede": 7}')
    process = await start("--port", "0", "--faults", str(plan))
    _, errors = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 1
    assert b"cannot follow" in errors
    assert b"sede" in errors
