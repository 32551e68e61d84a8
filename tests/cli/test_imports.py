"""In this process: each command by itself is slow to start."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rallypoint import cli

CREATED = "2025-11-01 20:00:00"
ROWS = [
    (1, "80351110224678912", 7, "101", CREATED, "2025-11-01T20:30:00+00:00"),
    (2, 81, 7, 102, 1_762_000_000, None),
]


@pytest.fixture
def rallypoint(tmp_path, monkeypatch, capsys, sqlite_template):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rallypoint.db").write_bytes(Path(sqlite_template).read_bytes())
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["rallypoint", "import", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def kept(tmp_path):
    """What has been imported."""

    def read():
        with closing(sqlite3.connect(tmp_path / "data" / "rallypoint.db")) as database:
            columns = "member_id, channel_id, requested_at, ended_at IS NULL, reason"
            return database.execute(f"SELECT {columns} FROM voice_session ORDER BY id").fetchall()

    return read


@pytest.fixture
def old(tmp_path):
    def write(rows=ROWS, columns="id, user_id, guild_id, channel_id, created_at, ended_at"):
        path = tmp_path / "old.db"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"CREATE TABLE voice_sessions ({columns})")
            marks = ", ".join("?" * len(columns.split(",")))
            database.executemany(f"INSERT INTO voice_sessions VALUES ({marks})", rows)
            database.commit()
        return path

    return write


def test_the_history_is_taken_over_once(rallypoint, old, kept):
    path = old()
    code, out, _ = rallypoint("voice-sessions", path)
    again = rallypoint("voice-sessions", path)[1]

    assert code == 0
    assert "2 sessions imported, 0 were known already" in out
    assert "delete them by hand: 102" in out
    assert again.startswith("0 sessions imported, 2 were known already.")
    assert [row[:2] + row[3:] for row in kept()] == [
        (80351110224678912, 101, 0, "imported"),
        (81, 102, 0, "imported"),
    ]
    assert kept()[0][2].startswith(CREATED)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((3, "x81", 7, 103, CREATED, None), "id 3 has 'x81' for user_id"),
        ((3, 81, 0, 103, CREATED, None), "id 3 has 0 for guild_id"),
        ((3, 81, 7, None, CREATED, None), "id 3 has None for channel_id"),
        ((3, 81, 7, 103, "yesterday", None), "id 3 has 'yesterday' for created_at"),
        ((3, 81, 7, 103, 1e300, None), "id 3 has 1e+300 for created_at"),
        ((3, 81, 7, 103, CREATED, "2025-10-01"), "id 3 has '2025-10-01' for ended_at"),
    ],
)
def test_one_row_that_cannot_be_refuses_all(rallypoint, old, kept, row, words):
    code, _, err = rallypoint("voice-sessions", old([*ROWS, row]))

    assert (code, kept()) == (2, [])
    assert words in err
    assert "nothing was imported" in err


def test_a_file_that_was_cut_off_is_refused_whole(rallypoint, old, kept):
    rows = [(number, 81, 7, 1000 + number, CREATED, None) for number in range(1, 2000)]
    path = old(rows)
    path.write_bytes(path.read_bytes()[:-9000])
    code, _, err = rallypoint("voice-sessions", path)

    assert (code, kept()) == (2, [])
    assert "no whole SQLite database (" in err


def test_a_page_that_was_overwritten_is_refused_whole(rallypoint, old, kept):
    path = old([(number, 81, 7, 1000 + number, CREATED, None) for number in range(1, 2000)])
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    code, _, err = rallypoint("voice-sessions", path)

    assert (code, kept()) == (2, [])
    assert "no whole SQLite database (" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\x03\x04 no database at all", "no whole SQLite database"), (None, "There is no file")],
)
def test_what_is_no_database_is_said(rallypoint, tmp_path, content, words):
    path = tmp_path / "old.db"
    if content is not None:
        path.write_bytes(content)

    assert words in rallypoint("voice-sessions", path)[2]


def test_another_table_is_named_with_what_it_lacks(rallypoint, old):
    path = old([], columns="id, user_id, guild_id, created_at")

    assert (
        "no table voice_sessions with channel_id, ended_at" in rallypoint("voice-sessions", path)[2]
    )


def test_an_import_that_does_not_exist_names_those_there_are(rallypoint, old):
    code, _, err = rallypoint("voice-session", old())

    assert code == 2
    assert "there are: tracker, dbot, voice-sessions" in err
