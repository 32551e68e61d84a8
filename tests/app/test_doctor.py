from __future__ import annotations

import socket
import sys
from contextlib import closing
from datetime import timedelta

import pytest
from pydantic import SecretStr

from fakecord import Fakecord, Permission
from rallypoint.adapters.discord.inspection import Seen
from rallypoint.app import catalogue, doctor
from rallypoint.app.storage import up_to_date
from rallypoint.kernel.feature import Finding, Grade
from rallypoint.kernel.settings import FixedSettings

LEAST = catalogue.permissions().value


@pytest.fixture
async def discord():
    async with Fakecord() as fake:
        yield fake


@pytest.fixture
def setup(discord, tmp_path):
    """Settings of a program that is well, but for what the test says."""

    def setup(**said: object) -> FixedSettings:
        well = {"token": discord.token, "discord_url": discord.url, "data": tmp_path, "port": 0}
        return FixedSettings(**(well | said))

    return setup


async def finding(settings: FixedSettings, subject: str) -> Finding:
    (found,) = [each for each in await doctor.examine(settings) if each.subject == subject]
    return found


async def test_a_program_that_is_well_has_no_failure(discord, setup):
    discord.guild("Demo", bot_permissions=LEAST)
    async with up_to_date(setup()):
        pass

    findings = await doctor.examine(setup())

    assert {each.grade for each in findings} == {Grade.OK}, findings
    assert {"settings", "database", "migrations", "token", "clock", "guild Demo"} <= {
        each.subject for each in findings
    }


async def test_errors_that_cannot_be_told_are_a_failure_with_what_to_install(setup, monkeypatch):
    told = setup(sentry_dsn="https://canary@sentry.example/1")
    there = await finding(told, "errors")
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    missing = await finding(told, "errors")

    assert there.grade is Grade.OK
    assert missing.grade is Grade.FAILURE
    assert "pip install 'rallypoint[sentry]'" in missing.fact
    assert "canary" not in there.fact + missing.fact


async def test_the_doctor_makes_no_database(setup, tmp_path):
    found = await finding(setup(), "database")

    assert found.grade is Grade.OK
    assert list(tmp_path.iterdir()) == []


async def test_no_token_is_a_failure_with_where_to_get_one(setup):
    found = await finding(setup(token=None), "token")

    assert (found.grade, "developers" in found.fix) == (Grade.FAILURE, True)


async def test_a_wrong_token_is_a_failure_that_does_not_show_it(setup):
    found = await finding(setup(token=SecretStr("MTIz.wrong.token")), "token")

    assert (found.grade, found.fact) == (Grade.FAILURE, "Discord does not accept it")
    assert "wrong" not in found.fix


async def test_a_discord_that_does_not_answer_is_a_failure(setup):
    found = await finding(setup(discord_url="http://127.0.0.1:1"), "discord")

    assert found.grade is Grade.FAILURE


@pytest.mark.parametrize("missing", ["MANAGE_CHANNELS", "VIEW_AUDIT_LOG"])
async def test_a_missing_permission_is_named_with_a_link_that_mends_it(discord, setup, missing):
    guild = discord.guild("Demo", bot_permissions=LEAST & ~Permission[missing])
    guild.everyone_may()

    found = await finding(setup(), "guild Demo")

    assert found.grade is Grade.FAILURE
    assert missing.replace("_", " ").title() in found.fact
    assert f"client_id={discord.application_id}" in found.fix
    assert f"permissions={LEAST}" in found.fix


async def test_an_administrator_lacks_nothing(discord, setup):
    discord.guild("Demo", bot_permissions=Permission.ADMINISTRATOR)

    assert (await finding(setup(), "guild Demo")).grade is Grade.OK


async def test_a_guild_that_is_not_served_is_not_examined(discord, setup):
    discord.guild("Demo", bot_permissions=0).everyone_may()

    found = await finding(setup(allowed_guilds="1"), "guild Demo")

    assert (found.grade, "left alone" in found.fact) == (Grade.OK, True)


async def test_a_bot_in_no_guild_gets_its_link(setup):
    found = await finding(setup(), "guilds")

    assert (found.grade, "oauth2/authorize" in found.fix) == (Grade.WARNING, True)


@pytest.mark.parametrize(
    ("seconds", "grade"), [(0, Grade.OK), (60, Grade.WARNING), (-60, Grade.WARNING)]
)
def test_a_clock_that_is_wrong_is_a_warning(seconds, grade):
    seen = Seen(1, "bot", (), timedelta(seconds=seconds))

    assert doctor.skew(seen).grade is grade


async def test_a_database_that_is_not_up_to_date_is_a_failure(setup, tmp_path):
    (tmp_path / "rallypoint.db").touch()

    found = await finding(setup(), "migrations")

    assert (found.grade, "rallypoint migrate" in found.fact) == (Grade.FAILURE, True)


async def test_a_data_folder_below_a_file_is_a_failure(setup, tmp_path):
    (tmp_path / "file").touch()

    found = await finding(setup(data=tmp_path / "file" / "below"), "data folder")

    assert found.grade is Grade.FAILURE


async def test_a_port_taken_by_a_stranger_is_a_failure(setup):
    with closing(socket.create_server(("127.0.0.1", 0))) as stranger:
        stranger.listen(0)
        port = stranger.getsockname()[1]

        found = await finding(setup(port=port, token=None), "web port")

    assert (found.grade, str(port) in found.fact) == (Grade.FAILURE, True)
