"""`python -m tests.servers [--no-install] -- COMMAND…`: run a command with the servers tests need.

The command finds RALLYPOINT_TEST_POSTGRES (a URL) and RALLYPOINT_TEST_CHROMIUM (a path) in its
environment; for one that could not be had, …_MISSING says why. A value that is already set is left
alone: somebody brought a server of their own. Our exit code is the command's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from types import FrameType

from tests.servers import chromium, debian, postgres

GRACE = 20.0


ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """We were told to end, by the signal whose number it carries: everything unwinds."""


def main() -> int:
    options, separator, command = _split(sys.argv[1:])
    if not separator or not command or set(options) - {"--no-install"}:
        print("usage: python -m tests.servers [--no-install] -- COMMAND…", file=sys.stderr)
        return 2
    for ending in ENDINGS:
        signal.signal(ending, _stop)
    try:
        with ExitStack() as stack:
            environment = _environment(stack, may_install="--no-install" not in options)
            return _run(command, environment)
    except Stopped as told:
        return 128 + int(told.args[0])


def _split(words: list[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in words:
        return words, False, []
    at = words.index("--")
    return words[:at], True, words[at + 1 :]


def _stop(number: int, frame: FrameType | None) -> None:
    # Once is enough: an impatient second signal must not interrupt the tidying up.
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise Stopped(number)


def _environment(stack: ExitStack, *, may_install: bool) -> dict[str, str]:
    environment = dict(os.environ)
    if "RALLYPOINT_TEST_POSTGRES" not in environment:
        try:
            programs = postgres.provide(may_install=may_install)
            server = stack.enter_context(postgres.running(programs))
            environment["RALLYPOINT_TEST_POSTGRES"] = server.url
        except (debian.CannotInstall, postgres.DidNotStart) as problem:
            environment["RALLYPOINT_TEST_POSTGRES_MISSING"] = str(problem)
    if "RALLYPOINT_TEST_CHROMIUM" not in environment:
        try:
            environment["RALLYPOINT_TEST_CHROMIUM"] = chromium.provide(may_install=may_install)
        except debian.CannotInstall as problem:
            environment["RALLYPOINT_TEST_CHROMIUM_MISSING"] = str(problem)
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
