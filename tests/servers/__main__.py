"""`python -m tests.servers [--no-install] [--with NAME,…] [--without NAME,…] -- COMMAND…`: run a command with servers.

The command finds RALLYPOINT_TEST_POSTGRES (a URL) and RALLYPOINT_TEST_CHROMIUM (a path) in its
environment, and with `--with redis,rabbitmq` RALLYPOINT_TEST_REDIS and RALLYPOINT_TEST_AMQP (URLs;
with `rabbitmq_starting` instead, of a server that may not answer yet), with `--with
clients,discord_js,standardwebhooks_js` RALLYPOINT_TEST_CLIENTS (a Python that has hikari and
simcord), RALLYPOINT_TEST_DISCORD_JS and RALLYPOINT_TEST_STANDARDWEBHOOKS_JS (a Node.js, discord.js
or npm's Standard Webhooks being installed);
for one that could not be had, …_MISSING says why. A value that is already set is left
alone: somebody brought a server of their own. Our exit code is the command's.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import FrameType

from tests.servers import chromium, clients, debian, postgres, private, rabbitmq, redis

GRACE = 20.0
USAGE = (
    "usage: python -m tests.servers [--no-install] [--with redis,rabbitmq,clients,discord_js]"
    " [--without chromium,postgres]"
    " -- COMMAND…"
)


ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """We were told to end, by the signal whose number it carries: everything unwinds."""


def _postgres(stack: ExitStack, may_install: bool) -> str:
    programs = postgres.provide(may_install=may_install)
    return stack.enter_context(postgres.running(programs)).url


def _chromium(stack: ExitStack, may_install: bool) -> str:
    return chromium.provide(may_install=may_install)


def _redis(stack: ExitStack, may_install: bool) -> str:
    return stack.enter_context(redis.running(redis.provide(may_install=may_install)))


def _rabbitmq(stack: ExitStack, may_install: bool) -> str:
    return stack.enter_context(rabbitmq.running(rabbitmq.provide(may_install=may_install)))


def _rabbitmq_starting(stack: ExitStack, may_install: bool) -> str:
    script = rabbitmq.provide(may_install=may_install)
    return stack.enter_context(rabbitmq.running(script, at_once=True))


def _clients(stack: ExitStack, may_install: bool) -> str:
    return clients.provide_python(may_install=may_install)


def _discord_js(stack: ExitStack, may_install: bool) -> str:
    return clients.provide_discord_js(may_install=may_install)


def _standardwebhooks_js(stack: ExitStack, may_install: bool) -> str:
    return clients.provide_standardwebhooks_js(may_install=may_install)


PROVIDERS: dict[str, tuple[str, Callable[[ExitStack, bool], str]]] = {
    "postgres": ("RALLYPOINT_TEST_POSTGRES", _postgres),
    "chromium": ("RALLYPOINT_TEST_CHROMIUM", _chromium),
    "redis": ("RALLYPOINT_TEST_REDIS", _redis),
    "rabbitmq": ("RALLYPOINT_TEST_AMQP", _rabbitmq),
    "rabbitmq_starting": ("RALLYPOINT_TEST_AMQP", _rabbitmq_starting),
    "clients": ("RALLYPOINT_TEST_CLIENTS", _clients),
    "discord_js": ("RALLYPOINT_TEST_DISCORD_JS", _discord_js),
    "standardwebhooks_js": ("RALLYPOINT_TEST_STANDARDWEBHOOKS_JS", _standardwebhooks_js),
}
ALWAYS = ("postgres", "chromium")


class Misused(Exception):
    """What was asked for on the command line is not there."""


def main() -> int:
    try:
        options, command = _understand(sys.argv[1:])
    except (Misused, argparse.ArgumentError):
        print(USAGE, file=sys.stderr)
        return 2
    names = [name for name in PROVIDERS if name in {*ALWAYS, *options.more} - {*options.less}]
    for ending in ENDINGS:
        signal.signal(ending, _stop)
    try:
        with ExitStack() as stack:
            environment = _environment(stack, names, may_install=not options.no_install)
            return _run(command, environment)
    except Stopped as told:
        return 128 + int(told.args[0])


def _understand(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    if "--" not in words or words[-1] == "--":
        raise Misused
    at = words.index("--")
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--no-install", action="store_true")
    parser.add_argument("--with", dest="more", type=_names, default=())
    parser.add_argument("--without", dest="less", type=_names, default=())
    options, unknown = parser.parse_known_args(words[:at])
    if unknown:
        raise Misused
    return options, words[at + 1 :]


def _names(text: str) -> list[str]:
    names = text.split(",")
    if set(names) - set(PROVIDERS):
        raise ValueError(text)
    return names


def _stop(number: int, frame: FrameType | None) -> None:
    # Once is enough: an impatient second signal must not interrupt the tidying up.
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise Stopped(number)


def _environment(stack: ExitStack, names: Sequence[str], *, may_install: bool) -> dict[str, str]:
    environment = dict(os.environ)
    for name in names:
        variable, provide = PROVIDERS[name]
        if variable in environment:
            continue
        try:
            environment[variable] = provide(stack, may_install)
        except (debian.CannotInstall, private.DidNotStart) as problem:
            environment[f"{variable}_MISSING"] = str(problem)
    return environment


def _run(command: list[str], environment: dict[str, str]) -> int:
    child = subprocess.Popen(command, env=environment)
    try:
        code = child.wait()
    except Stopped as told:
        # From a terminal the command got the interrupt itself; a second one would cut its own
        # tidying short. Told to stop in any other way, it is told the same.
        if not (told.args[0] == signal.SIGINT and sys.stdin.isatty()):
            child.send_signal(signal.SIGINT)
        _wait_or_kill(child)
        raise
    return code if code >= 0 else 128 - code


def _wait_or_kill(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    sys.exit(main())
