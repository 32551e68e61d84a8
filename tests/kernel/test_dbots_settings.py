"""dbot's variables are understood where ours are not set, and each says what to write instead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rallypoint.kernel import settings
from rallypoint.kernel.settings import SettingsInvalid


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> None:
    for key in os.environ:
        if key.startswith((settings.PREFIX, "DBOT_")):
            monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load():
    """The settings, and what was said."""

    def run():
        said: list[str] = []
        return settings.load(say=said.append), said

    return run


def test_every_key_of_dbot_is_read_and_names_its_twin(load, monkeypatch):
    given = {
        "DBOT_DISCORD_TOKEN": "a.b.c",
        "DBOT_REDIS_URL": "redis://localhost:6379",
        "dbot_monitor_config_path": "./config.json",
        "DBOT_LOGGING_LEVEL": "CRITICAL",
        "DBOT_MONITORING_HEALTHCHECKSIO_WEBHOOK": "https://hc-ping.example/1",
        "DBOT_MONITORING_PROMETHEUS_METRICS_PORT": "3334",
        "DBOT_MONITORING_PROMETHEUS_METRICS_HOST": "0.0.0.0",
        "DBOT_SENTRY_DSN": "https://key@sentry.example/1",
        "DBOT_SOMETHING_ELSE": "1",
    }
    for key, value in given.items():
        monkeypatch.setenv(key, value)
    chosen, said = load()

    assert chosen.token.get_secret_value() == "a.b.c"
    assert chosen.redis_url.get_secret_value() == "redis://localhost:6379"
    assert chosen.channels_file == Path("config.json")
    assert chosen.log_level == "error"
    assert chosen.health_ping_url.get_secret_value() == "https://hc-ping.example/1"
    assert chosen.sentry_dsn.get_secret_value() == "https://key@sentry.example/1"
    assert (chosen.metrics_port, chosen.metrics_host) == (3334, "0.0.0.0")
    assert sorted(said) == [
        "DBOT_DISCORD_TOKEN is deprecated; set RALLYPOINT_TOKEN instead",
        "DBOT_LOGGING_LEVEL is deprecated; set RALLYPOINT_LOG_LEVEL instead",
        "DBOT_MONITORING_HEALTHCHECKSIO_WEBHOOK is deprecated;"
        " set RALLYPOINT_HEALTH_PING_URL instead",
        "DBOT_MONITORING_PROMETHEUS_METRICS_HOST is deprecated;"
        " set RALLYPOINT_METRICS_HOST instead",
        "DBOT_MONITORING_PROMETHEUS_METRICS_PORT is deprecated;"
        " set RALLYPOINT_METRICS_PORT instead",
        "DBOT_MONITOR_CONFIG_PATH is deprecated; set RALLYPOINT_CHANNELS_FILE instead",
        "DBOT_REDIS_URL is deprecated; set RALLYPOINT_REDIS_URL instead",
        "DBOT_SENTRY_DSN is deprecated; set RALLYPOINT_SENTRY_DSN instead",
        "DBOT_SOMETHING_ELSE has no counterpart and is left out; remove it",
    ]


def test_ours_wins_without_a_word_wherever_it_stands(load, monkeypatch):
    Path("secret").write_text("of.the.file")
    Path(".env").write_text("RALLYPOINT_LOG_LEVEL=debug\nRALLYPOINT_TOKEN_FILE=secret\n")
    monkeypatch.setenv("DBOT_LOGGING_LEVEL", "ERROR")
    monkeypatch.setenv("DBOT_DISCORD_TOKEN", "a.b.c")
    chosen, said = load()

    assert (chosen.log_level, said) == ("debug", [])
    assert chosen.token.get_secret_value() == "of.the.file"


@pytest.mark.parametrize(("enabled", "port"), [("false", 0), ("0", 0), ("true", 4000)])
def test_metrics_that_dbot_had_off_are_off(load, monkeypatch, enabled, port):
    monkeypatch.setenv("DBOT_MONITORING_PROMETHEUS_METRICS_ENABLED", enabled)
    monkeypatch.setenv("DBOT_MONITORING_PROMETHEUS_METRICS_PORT", "4000")

    assert load()[0].metrics_port == port


def test_it_is_read_from_the_file_too_and_named_by_its_own_name_when_it_is_wrong(load):
    Path(".env").write_text("\nDBOT_MONITORING_PROMETHEUS_METRICS_PORT=many\n")
    with pytest.raises(SettingsInvalid) as refused:
        load()

    assert refused.value.problems == (
        "RALLYPOINT_METRICS_PORT is 'many' (by DBOT_MONITORING_PROMETHEUS_METRICS_PORT"
        " .env line 2); it takes a port from 1 to 65535; 0: no metrics",
    )


def test_secrets_that_are_wrong_are_not_shown(load, monkeypatch):
    monkeypatch.setenv("DBOT_REDIS_URL", "canary://pw")
    with pytest.raises(SettingsInvalid) as refused:
        load()

    assert "canary" not in str(refused.value)


def test_without_a_listener_it_is_said_where_people_look(monkeypatch, capsys):
    monkeypatch.setenv("DBOT_LOGGING_LEVEL", "INFO")
    settings.load()
    said = capsys.readouterr()

    assert (said.out, said.err) == (
        "",
        "rallypoint: DBOT_LOGGING_LEVEL is deprecated; set RALLYPOINT_LOG_LEVEL instead\n",
    )
