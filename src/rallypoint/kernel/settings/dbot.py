"""What dbot calls its keys: read where ours are not set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "DBOT_"
_OFF = frozenset({"0", "off", "f", "false", "n", "no"})
"""As pydantic reads them, and so dbot."""
_LEVELS = {"critical": "error", "fatal": "error", "warn": "warning", "notset": "debug"}
TWINS = {
    "DISCORD_TOKEN": "TOKEN",
    "REDIS_URL": "REDIS_URL",
    "MONITOR_CONFIG_PATH": "CHANNELS_FILE",
    "SENTRY_DSN": "SENTRY_DSN",
    "LOGGING_LEVEL": "LOG_LEVEL",
    "MONITORING_HEALTHCHECKSIO_WEBHOOK": "HEALTH_PING_URL",
    "MONITORING_PROMETHEUS_METRICS_ENABLED": "METRICS_PORT",
    "MONITORING_PROMETHEUS_METRICS_PORT": "METRICS_PORT",
    "MONITORING_PROMETHEUS_METRICS_HOST": "METRICS_HOST",
}


@dataclass(frozen=True, slots=True)
class Old:
    """A key of dbot's that is set."""

    key: str
    ours: str | None
    """None: there is nothing like it here."""
    value: str | None
    """As ours takes it. None: it says what is so anyway."""

    @property
    def words(self) -> str:
        if self.ours is None:
            return f"{self.key} has no counterpart and is left out; remove it"
        return f"{self.key} is deprecated; set {self.ours} instead"


def translated(given: Mapping[str, str], *, prefix: str) -> list[Old]:
    """Of all keys those that are dbot's; one that switches something off comes last."""
    found = []
    for key, value in given.items():
        name = key.upper().removeprefix(PREFIX)
        if not key.upper().startswith(PREFIX) or not value:
            continue
        twin = TWINS.get(name)
        ours = None if twin is None else prefix + twin
        found.append(Old(key, ours, _as_ours(name, value)))
    return sorted(found, key=lambda old: old.key.upper().endswith("_ENABLED"))


def _as_ours(name: str, value: str) -> str | None:
    if name == "LOGGING_LEVEL":
        return _LEVELS.get(value.lower(), value)
    if name == "MONITORING_PROMETHEUS_METRICS_ENABLED":
        return "0" if value.strip().lower() in _OFF else None
    return value
