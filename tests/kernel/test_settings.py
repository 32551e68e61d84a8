from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr

from rallypoint.kernel import settings
from rallypoint.kernel.settings import FixedSettings, SettingsInvalid

CANARY = "canary.in.the-mine"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    """An empty current folder, and nothing of ours in the environment."""
    for key in os.environ:
        if key.startswith(settings.PREFIX):
            monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems() -> tuple[str, ...]:
    with pytest.raises(SettingsInvalid) as refused:
        settings.load()
    return refused.value.problems


def test_nothing_set_is_a_usable_program(folder):
    chosen = settings.load()

    assert (chosen.host, chosen.port, chosen.token) == ("127.0.0.1", 8080, None)
    assert chosen.database == f"sqlite:///{folder}/data/rallypoint.db"


def test_every_kind_of_value_is_read(folder, monkeypatch):
    Path(".env").write_text("RALLYPOINT_OPERATORS=12, 34\nRALLYPOINT_PORT=9000\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("RALLYPOINT_TRUSTED_PROXIES", "10.0.0.0/8 ::1")
    monkeypatch.setenv("RALLYPOINT_PUBLIC_URL", "https://rally.example/")
    monkeypatch.setenv("RALLYPOINT_TOKEN", f" {CANARY} ")

    chosen = settings.load()

    assert chosen.operators == {12, 34}
    assert chosen.port == 9000
    assert chosen.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert chosen.public_url == "https://rally.example"
    assert chosen.token == SecretStr(CANARY)


def test_a_commands_option_wins_over_the_environment_and_that_over_the_file(monkeypatch):
    Path(".env").write_text("RALLYPOINT_PORT=1\nRALLYPOINT_HOST=127.0.0.2\nRALLYPOINT_DATA=file\n")
    monkeypatch.setenv("RALLYPOINT_PORT", "2")
    monkeypatch.setenv("RALLYPOINT_HOST", "127.0.0.3")

    chosen = settings.load(port=3, host=None)

    assert (chosen.port, chosen.host, chosen.data) == (3, "127.0.0.3", Path("file"))


def test_an_empty_value_is_as_good_as_none(monkeypatch):
    Path(".env").write_text("RALLYPOINT_PORT=9000\nRALLYPOINT_TOKEN=\n")
    monkeypatch.setenv("RALLYPOINT_PORT", "")

    chosen = settings.load()

    assert (chosen.port, chosen.token) == (9000, None)


@pytest.mark.parametrize(
    ("key", "given", "accepted"),
    [
        ("PORT", "80x", "a port from 0 to 65535"),
        ("PORT", "65536", "a port from 0 to 65535"),
        ("PORT", "-1", "a port from 0 to 65535"),
        ("OPERATORS", "alice", "Discord ids"),
        ("ALLOWED_GUILDS", "1;2", "Discord ids"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "addresses or networks"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks"),
        ("PUBLIC_URL", "rally.example", "an http:// or https:// address"),
        ("PUBLIC_URL", "javascript:alert(1)", "an http:// or https:// address"),
        ("PUBLIC_URL", "https://x:port", "an http:// or https:// address"),
        ("DISCORD_URL", "ftp://x", "an http:// or https:// address"),
        ("HOST", "a host", "an address of this machine"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("LOG_FORMAT", "xml", "auto, json or console"),
    ],
)
def test_a_bad_value_is_named_with_what_was_given_and_what_is_taken(key, given, accepted):
    Path(".env").write_text(f"# a remark\nRALLYPOINT_{key}={given}\n")

    (problem,) = problems()

    assert problem.startswith(f"RALLYPOINT_{key} is {given!r} (.env line 2); it takes {accepted}")


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("TOKEN", f"Bot {CANARY}"),
        ("DATABASE_URL", f"mysql://user:{CANARY}@host/x"),
        ("DATABASE_URL", CANARY),
        ("SENTRY_DSN", CANARY),
        ("SENTRY_DSN", f"https://{CANARY}@sentry.example/"),
        ("SENTRY_DSN", f"https://{CANARY}@sentry.example/project"),
        ("SENTRY_DSN", f"https://{CANARY}@sentry.example:port/1"),
        ("SENTRY_DSN", f"https://sentry.example/{CANARY}/1"),
        ("SENTRY_DSN", f"ftp://{CANARY}@sentry.example/1"),
    ],
)
def test_a_bad_secret_is_named_but_never_shown(monkeypatch, key, given):
    monkeypatch.setenv(f"RALLYPOINT_{key}", given)

    (problem,) = problems()

    assert problem.startswith(f"RALLYPOINT_{key} is not usable (in the environment); it takes ")
    assert CANARY not in problem


def test_an_unknown_key_in_the_file_is_refused_with_its_line_and_the_nearest_name():
    Path(".env").write_text("RALLYPOINT_PORT=1\n\nRALLYPOINT_TOKN=x\n")

    (problem,) = problems()

    expected = "there is no setting RALLYPOINT_TOKN (.env line 3); did you mean RALLYPOINT_TOKEN?"
    assert problem == expected


def test_an_unknown_key_in_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("RALLYPOINT_DATABSE_URL", "x")

    (problem,) = problems()

    assert "RALLYPOINT_DATABSE_URL (in the environment)" in problem
    assert problem.endswith("did you mean RALLYPOINT_DATABASE_URL?")


def test_what_only_tests_read_is_left_alone_in_the_environment(monkeypatch):
    monkeypatch.setenv("RALLYPOINT_TEST_POSTGRES", "x")

    assert settings.load().port == 8080


def test_what_only_tests_read_is_refused_in_the_file():
    Path(".env").write_text("RALLYPOINT_TEST_POSTGRES=x\n")

    assert "RALLYPOINT_TEST_POSTGRES" in problems()[0]


def test_of_two_places_the_one_that_counts_is_named(monkeypatch):
    Path(".env").write_text("RALLYPOINT_PORT=x\n")
    monkeypatch.setenv("RALLYPOINT_PORT", "y")

    assert problems()[0].startswith("RALLYPOINT_PORT is 'y' (in the environment); ")


def test_every_problem_is_told_at_once():
    Path(".env").write_text("RALLYPOINT_PORT=x\nRALLYPOINT_HOST=a b\n")

    assert [each.split()[0] for each in problems()] == ["RALLYPOINT_HOST", "RALLYPOINT_PORT"]


def test_a_line_that_cannot_be_read_is_named():
    Path(".env").write_text("RALLYPOINT_PORT=1\n'broken\n")

    assert problems() == (".env line 2 cannot be read; write KEY=value, or # before a remark",)


def test_a_secret_comes_from_its_file(folder, monkeypatch):
    (folder / "token").write_text(f"{CANARY}\n")
    monkeypatch.setenv("RALLYPOINT_TOKEN_FILE", str(folder / "token"))

    assert settings.load().token == SecretStr(CANARY)


def test_a_secret_given_twice_is_refused_without_showing_it(folder, monkeypatch):
    Path(".env").write_text(f"RALLYPOINT_TOKEN={CANARY}\n")
    monkeypatch.setenv("RALLYPOINT_TOKEN_FILE", "token")

    (problem,) = problems()

    assert problem == (
        "RALLYPOINT_TOKEN (.env line 1) and RALLYPOINT_TOKEN_FILE (in the environment)"
        " are both set; keep one"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), (b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe", "not text")],
    ids=["absent", "empty", "blank", "binary"],
)
def test_an_unusable_secret_file_is_named(folder, monkeypatch, content, reason):
    if content is not None:
        (folder / "token").write_bytes(content)
    monkeypatch.setenv("RALLYPOINT_TOKEN_FILE", str(folder / "token"))

    (problem,) = problems()

    assert f"RALLYPOINT_TOKEN_FILE is '{folder}/token'" in problem
    assert reason in problem


def test_what_must_not_be_logged_is_known_in_both_its_spellings():
    chosen = FixedSettings(token=CANARY, database_url="postgresql://u:pass%2Fword@host/db")

    assert chosen.secrets == {CANARY, "pass%2Fword", "pass/word"}
    assert CANARY not in repr(chosen)
    assert "pass" not in repr(chosen)


@pytest.mark.parametrize(
    ("dsn", "hidden"),
    [
        ("https://a1b2@o1.ingest.sentry.example/42", {"a1b2"}),
        ("http://a1b2:c3d4@127.0.0.1:8000/glitchtip/1", {"a1b2", "c3d4"}),
    ],
)
def test_a_dsn_and_its_key_must_not_be_logged(dsn, hidden):
    chosen = FixedSettings(sentry_dsn=dsn)

    assert chosen.secrets == {dsn, *hidden}
    assert "a1b2" not in repr(chosen)


def test_fixed_settings_read_nothing_but_their_arguments(monkeypatch):
    monkeypatch.setenv("RALLYPOINT_DATABASE_URL", "postgresql://u:p@production/db")

    assert (
        FixedSettings(data="here").database == f"sqlite:///{Path('here').absolute()}/rallypoint.db"
    )


@pytest.mark.parametrize(
    ("given", "lanes"),
    [
        ("gpu", {"gpu": 1}),
        ("gpu:1,cpu:4", {"gpu": 1, "cpu": 4}),
        (" cpu:2  gpu ", {"cpu": 2, "gpu": 1}),
    ],
)
def test_lanes_are_names_with_how_many_they_hold(monkeypatch, given, lanes):
    monkeypatch.setenv("RALLYPOINT_SESSIONS_LANES", given)

    assert list(settings.load().sessions_lanes.items()) == list(lanes.items())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SESSIONS_LANES", "gpu:0"),
        ("SESSIONS_LANES", "gpu:many"),
        ("SESSIONS_LANES", "gpu,gpu:2"),
        ("SESSIONS_LANES", "GPU lane!"),
        ("SESSIONS_JOIN_TIMEOUT", "4s"),
        ("SESSIONS_JOIN_TIMEOUT", "61m"),
        ("SESSIONS_ON_RESTART", "forget"),
        ("SESSIONS_VOICE", "loud"),
        ("SESSIONS_AUDIO_HOOK", "package.module"),
        ("SESSIONS_ENABLED", "perhaps"),
    ],
)
def test_what_sessions_cannot_be_is_named_with_what_they_can(monkeypatch, key, value):
    monkeypatch.setenv(f"RALLYPOINT_{key}", value)
    (problem,) = problems()

    assert problem.startswith(f"RALLYPOINT_{key} is {value!r}")
    assert "; it takes " in problem
