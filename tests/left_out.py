"""A pytest plugin: tests whose server is not there are left out, and the summary says so plainly.

They are neither skipped nor passed: nobody reads a green line as "PostgreSQL was tested".
Loaded by the root conftest (`pytest_plugins`) or with `-p tests.left_out`.
"""

from __future__ import annotations

import os

import pytest

SERVERS = {
    "postgres": "PostgreSQL",
    "browser": "Chromium",
    "clients": "hikari or simcord",
    "discord_js": "discord.js",
    "standardwebhooks_js": "npm's Standard Webhooks",
    "redis": "Redis",
    "rabbitmq": "RabbitMQ",
    "openapi": "Discord's published description",
}
VARIABLES = {
    "postgres": "RALLYPOINT_TEST_POSTGRES",
    "browser": "RALLYPOINT_TEST_CHROMIUM",
    "clients": "RALLYPOINT_TEST_CLIENTS",
    "discord_js": "RALLYPOINT_TEST_DISCORD_JS",
    "standardwebhooks_js": "RALLYPOINT_TEST_STANDARDWEBHOOKS_JS",
    "redis": "RALLYPOINT_TEST_REDIS",
    "rabbitmq": "RALLYPOINT_TEST_AMQP",
    "openapi": "DISCORD_OPENAPI",
}
NONE = {"openapi": "DISCORD_OPENAPI names no file; no test's traffic was checked against it"}
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def missing(marker: str) -> str | None:
    """Why tests with *marker* cannot run, or None when they can."""
    variable = VARIABLES[marker]
    if os.environ.get(variable):
        return None
    none = NONE.get(marker, "none was started: `make test` does")
    return os.environ.get(f"{variable}_MISSING", none)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Last, so that tests a `-k` or `-m` has taken away are not counted as left out."""
    absent = [marker for marker in SERVERS if missing(marker)]
    counts = config.stash[LEFT_OUT]
    out = []
    for item in items:
        if marker := next((name for name in absent if item.get_closest_marker(name)), None):
            counts[marker] = counts.get(marker, 0) + 1
            out.append(item)
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under xdist only the workers collect, each of them everything."""
    report = getattr(session.config, "workeroutput", None)
    if report is not None:
        report["left_out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    config: pytest.Config = node.config  # type: ignore[attr-defined]
    report: dict[str, dict[str, int]] = getattr(node, "workeroutput", {})
    config.stash[LEFT_OUT].update(report.get("left_out", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for marker, count in config.stash[LEFT_OUT].items():
        reason = missing(marker)
        tests = "test that needs" if count == 1 else "tests that need"
        terminalreporter.write_line(
            f"LEFT OUT: {count} {tests} {SERVERS[marker]}, because {reason}", yellow=True
        )
