"""In this process: each command by itself is slow to start."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from rallypoint import cli

ALICE = "80351110224678912"


@pytest.fixture
def rallypoint(tmp_path, monkeypatch, capsys, sqlite_template):
    """`rallypoint("token", "list")`: the exit code, what it said, and what it complained of."""
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


def test_a_token_is_made_listed_and_taken_back(rallypoint, tmp_path):
    code, out, err = rallypoint("token", "create", "--user", ALICE, "--name", "sheet", "--days", 7)
    (before,) = json.loads(rallypoint("token", "list", "--json")[1])
    shown = rallypoint("token", "list", "--user", ALICE)[1]
    revoked, _, _ = rallypoint("token", "revoke", before["id"])
    (after,) = json.loads(rallypoint("token", "list", "--user", ALICE, "--json")[1])
    nobodys = json.loads(rallypoint("token", "list", "--user", "1", "--json")[1])
    engine = create_engine(f"sqlite:///{tmp_path}/data/rallypoint.db")
    with engine.connect() as connection:
        entries = connection.execute(text("SELECT * FROM audit_entry ORDER BY id")).mappings().all()
    engine.dispose()

    secret = out.strip().rpartition("_")[2]
    assert (code, revoked, nobodys) == (0, 0, [])
    assert out.startswith(f"rp_{before['id']}_")
    assert "not shown again" in err
    assert secret not in json.dumps(before) + shown + str(entries)
    assert (before["user_id"], before["name"], before["scopes"]) == (
        ALICE,
        "sheet",
        ["read", "write"],
    )
    assert (before["revoked_at"], after["revoked_at"] is None) == (None, False)
    assert [(each["action"], each["user_name"]) for each in entries] == [
        ("accounts.token_created", "the command line"),
        ("accounts.token_revoked", "the command line"),
    ]


def test_one_that_may_only_read_says_so(rallypoint):
    _, out, _ = rallypoint("token", "create", "--user", ALICE, "--read-only", "--json")
    made = json.loads(out)

    assert made["scopes"] == ["read"]
    assert made["token"].startswith(f"rp_{made['id']}_")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("create", "--user", "alice"), "alice"),
        (("create", "--user", "9" * 30), "user id"),
        (("create", "--user", ALICE, "--days", 366), "365"),
        (("create", "--user", ALICE, "--days", 0), "365"),
        (("create", "--user", ALICE, "--name", " "), "name"),
        (("revoke", "nothing"), "rallypoint token list"),
        (("create", "--user", ALICE, "--data", "elsewhere"), "no database"),
    ],
)
def test_what_cannot_be_is_one_line(rallypoint, arguments, word):
    code, out, err = rallypoint("token", *arguments)

    assert code > 0
    assert out == ""
    assert err.startswith("rallypoint: ")
    assert err.count("\n") == 1
    assert word in err
