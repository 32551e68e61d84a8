"""What cannot be reached or read is named without its password."""

from __future__ import annotations

import sys

import pytest

from rallypoint.cli import main

SECRET = "canary-Zx81/Wk4422"
SPELT = ("canary-Zx81", "Wk4422")
TOKEN = "MTE3NDEwOTg0MDk5ODQwMDAwMQ.Canary.30aba8cf03a336936cfac441870d88ea6477bc"
BAD = (
    *(("DATABASE_URL", f"postgresql://bot:{SECRET.replace('/', '%2F')}@{rest}") for rest in (
        "127.0.0.1:1/x", "127.0.0.1:port/x", "no.such.host.invalid/x", "127.0.0.1:1/x?sslmode=no",
    )),
    *(("DATABASE_URL", f"{scheme}://bot:canary-Zx81%2FWk4422@127.0.0.1/x") for scheme in ("mysql", "postgres")),
    ("DATABASE_URL", "postgresql://bot:canary-Zx81 Wk4422@127.0.0.1/x"),
    ("REDIS_URL", "http://:canary-Zx81Wk4422@127.0.0.1/0"),
    ("AMQP_URL", "amqp//bot:canary-Zx81Wk4422@127.0.0.1"),
    ("HEALTH_PING_URL", "ftp://127.0.0.1/canary-Zx81Wk4422"),
    ("SENTRY_DSN", "https://canary-Zx81%2FWk4422@127.0.0.1/x"),
    ("SECRET_KEYS", "canary-Zx81Wk4422"),
    ("TOKEN", "canary-Zx81 Wk4422"),
    ("CLIENT_SECRET_FILE", "/nowhere"),
)  # fmt: skip


@pytest.mark.parametrize(("command", "bad"), [("migrate", BAD), ("up", BAD), ("doctor", BAD[:2])])
def test_no_command_says_a_password(command, bad, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    for key, value in bad:
        with monkeypatch.context() as setting:
            setting.setenv("RALLYPOINT_TOKEN", TOKEN)
            setting.setenv("RALLYPOINT_DISCORD_URL", "http://127.0.0.1:1")
            setting.setenv("RALLYPOINT_LOG_LEVEL", "debug")
            setting.setenv(f"RALLYPOINT_{key}", value)
            setting.setattr(sys, "argv", ["rallypoint", command])
            with pytest.raises(SystemExit) as ended:
                main()
        said = "".join(capsys.readouterr())

        assert ended.value.code, key
        assert said
        assert not [each for each in (*SPELT, TOKEN) if each in said], said


def test_where_errors_cannot_be_told_nothing_begins(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    monkeypatch.setenv("RALLYPOINT_TOKEN", TOKEN)
    monkeypatch.setenv("RALLYPOINT_SENTRY_DSN", "https://canary-Zx81@sentry.example/1")
    monkeypatch.setattr(sys, "argv", ["rallypoint", "up"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()

    assert (ended.value.code, said.out) == (1, "")
    assert said.err == (
        "rallypoint: RALLYPOINT_SENTRY_DSN is set, but sentry-sdk cannot be found;"
        " install it with: pip install 'rallypoint[sentry]'\n"
    )
    assert list(tmp_path.iterdir()) == []
