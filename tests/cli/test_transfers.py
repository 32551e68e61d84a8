"""`rallypoint import` and `export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rallypoint import cli

FILE = {
    "voice_channels": {
        "111": {
            "channel_id": "111",
            "guild_id": "222",
            "name": "Amber Fox",
            "type": "private",
            "created_at": "2026-01-01T12:00:00+00:00",
            "creator_id": "333",
        }
    }
}


@pytest.fixture
def rallypoint(tmp_path, monkeypatch, capsys, sqlite_template):
    """`rallypoint("export", "tracker")`: the exit code, what it said, and what it complained of."""
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


def test_a_file_is_taken_over_and_comes_out_again(rallypoint, tmp_path):
    file = tmp_path / "voice_channels.json"
    file.write_text(json.dumps(FILE))
    assert "1 rooms taken over" in rallypoint("import", "tracker", file, "--dry-run")[1]
    assert json.loads(rallypoint("export", "tracker")[1]) == {"voice_channels": {}}

    assert rallypoint("import", "tracker", file)[0] == 0
    exported = json.loads(rallypoint("export", "tracker")[1])["voice_channels"]["111"]
    assert (exported["name"], exported["type"], exported["creator_id"]) == (
        "Amber Fox",
        "private",
        "333",
    )


def test_a_broken_file_is_refused_in_one_line_with_the_position(rallypoint, tmp_path):
    file = tmp_path / "voice_channels.json"
    file.write_text(json.dumps(FILE, indent=1)[:60])
    code, out, err = rallypoint("import", "tracker", file)

    assert (code, out) == (2, "")
    assert "broken at line" in err
    assert "Nothing was taken over" in err


@pytest.mark.parametrize("command", [("import", "x", "f"), ("export", "x")], ids=lambda x: x[0])
def test_what_there_is_not_to_transfer_is_said_with_what_there_is(rallypoint, command):
    code, _, err = rallypoint(*command)

    assert code == 2
    assert "tracker" in err
