"""Each thing that is known to go wrong: one line, what to do, an exit code, and nothing lost."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing

import pytest

from fakecord import Fakecord
from rallypoint.app.storage import up_to_date
from rallypoint.kernel.settings import FixedSettings

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.canary.in-the-mine"


@pytest.fixture
def taken_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


async def test_no_token(rallypoint, tmp_path):
    done = await rallypoint("up", "--port", "0")

    done.check_one_line(2, "no bot token is set", "RALLYPOINT_TOKEN", "rallypoint demo")
    assert not (tmp_path / "data").exists()


async def test_a_wrong_token(rallypoint):
    async with Fakecord() as fake:
        done = await rallypoint(
            "up", "--port", "0", RALLYPOINT_TOKEN=TOKEN, RALLYPOINT_DISCORD_URL=fake.url
        )

    done.check_one_line(1, "does not accept the bot token", "RALLYPOINT_TOKEN")
    assert "canary" not in done.out + done.err


async def test_a_token_that_cannot_be_one_is_not_shown(rallypoint):
    done = await rallypoint("up", RALLYPOINT_TOKEN="canary in the mine")

    done.check_one_line(2, "RALLYPOINT_TOKEN is not usable")
    assert "canary" not in done.err


async def test_a_taken_port(rallypoint, taken_port):
    done = await rallypoint("up", "--port", taken_port, RALLYPOINT_TOKEN=TOKEN)

    done.check_one_line(1, f"port {taken_port} is taken", "--port")


async def test_a_data_folder_that_cannot_be_written(rallypoint, tmp_path):
    (tmp_path / "file").write_text("keep me")

    done = await rallypoint("up", "--port", "0", "--data", "file/below", RALLYPOINT_TOKEN=TOKEN)

    done.check_one_line(1, "file/below", "RALLYPOINT_DATA")
    assert (tmp_path / "file").read_text() == "keep me"


@pytest.mark.parametrize("command", [["up", "--port", "0"], ["migrate"], ["settings", "show"]])
async def test_a_database_from_a_newer_version_is_left_as_it_is(rallypoint, tmp_path, command):
    file = tmp_path / "rallypoint.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
        database.execute("CREATE TABLE treasure (gold INTEGER)")
        database.commit()

    done = await rallypoint(*command, "--data", tmp_path, RALLYPOINT_TOKEN=TOKEN)

    done.check_one_line(1, "newer Rallypoint (revision 9999)", "install that version")
    with closing(sqlite3.connect(file)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert tables == {"alembic_version", "treasure"}


async def test_a_file_that_is_no_database_is_left_as_it_is(rallypoint, tmp_path):
    (tmp_path / "rallypoint.db").write_text("Dear diary, " * 100)

    done = await rallypoint("up", "--port", "0", "--data", tmp_path, RALLYPOINT_TOKEN=TOKEN)

    done.check_one_line(1, "is not a", "database")
    assert (tmp_path / "rallypoint.db").read_text().startswith("Dear diary")


async def test_a_database_server_that_does_not_answer(rallypoint, taken_port):
    url = "postgresql://u:canary@127.0.0.1:1/db"

    done = await rallypoint("migrate", RALLYPOINT_DATABASE_URL=url)

    done.check_one_line(1, "127.0.0.1:1", "RALLYPOINT_DATABASE_URL")
    assert "canary" not in done.err


async def test_settings_without_a_database(rallypoint, tmp_path):
    done = await rallypoint("settings", "show")

    done.check_one_line(1, "rallypoint migrate")


async def test_an_unknown_key_in_the_file(rallypoint, tmp_path):
    (tmp_path / ".env").write_text("RALLYPOINT_TOKN=canary\n")

    done = await rallypoint("up")

    done.check_one_line(2, "RALLYPOINT_TOKN (.env line 1)", "did you mean RALLYPOINT_TOKEN?")
    assert "canary" not in done.err


async def test_a_discord_in_clear_text_across_a_network(rallypoint):
    done = await rallypoint(
        "up", RALLYPOINT_TOKEN=TOKEN, RALLYPOINT_DISCORD_URL="http://192.0.2.1:8200"
    )

    done.check_one_line(1, "RALLYPOINT_DISCORD_URL", "https")


async def test_an_invite_without_an_application(rallypoint):
    done = await rallypoint("invite")

    done.check_one_line(2, "RALLYPOINT_TOKEN", "--client-id")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["set", "rooms.emty_after", "10s"], "rooms.empty_after"),
        (["set", "rooms.empty_after", "soon"], "soon"),
        (["reset", "rooms.nothing"], "rooms.nothing"),
        (["show", "rooms.nothing"], "rooms.nothing"),
        (["set", "rooms.empty_after", "10s", "--channel", "5"], "--guild"),
    ],
)
async def test_a_setting_that_is_not_there_or_not_taken(rallypoint, tmp_path, command, words):
    async with up_to_date(FixedSettings(data=tmp_path / "data")):
        pass

    done = await rallypoint("settings", *command)

    done.check_one_line(2, words)


async def test_a_demo_whose_discord_port_is_taken(rallypoint, taken_port, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    done = await rallypoint(
        "demo", "--port", "0", "--discord-port", taken_port, TMPDIR=str(temporary)
    )

    done.check_one_line(1, str(taken_port), "taken")
    assert list(temporary.iterdir()) == []


async def test_a_demo_whose_own_port_is_taken(rallypoint, taken_port):
    done = await rallypoint("demo", "--port", taken_port, "--discord-port", "0")

    done.check_one_line(1, f"port {taken_port} is taken", "--port")


async def test_a_demo_whose_folder_cannot_be_made(rallypoint, tmp_path):
    (tmp_path / "file").touch()

    done = await rallypoint("demo", "--port", "0", "--discord-port", "0", "--data", "file/x")

    done.check_one_line(1, "--data")
