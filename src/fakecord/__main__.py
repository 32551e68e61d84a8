"""`python -m fakecord`: a local Discord to play with by hand, or to point a bot at."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import orjson

from fakecord.fakecord import Fakecord
from fakecord.faults import read_plan
from fakecord.state import StateError

SAVE_AFTER = 1.0
"""Seconds that changes gather before they are written."""


def main() -> int:
    asked = _arguments().parse_args()
    try:
        return asyncio.run(_run(asked))
    except KeyboardInterrupt:
        return 130


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fakecord", description=__doc__)
    parser.add_argument("--port", type=int, default=8200, help="0 takes a free one")
    parser.add_argument(
        "--tls-port", type=int, help="answer here in Discord's names too, by TLS: voice needs it"
    )
    parser.add_argument(
        "--ca", type=Path, help="write here whom clients must trust; else to a temporary file"
    )
    parser.add_argument(
        "--state", type=Path, help="load the world from this file, and save it there"
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        help="where OAuth2 may send people; repeat it",
    )
    parser.add_argument("--faults", type=Path, help="misbehave as this file plans it (JSON)")
    parser.add_argument(
        "--documented-limits",
        action="store_true",
        help="limit as Discord documents it: 50 a second",
    )
    parser.add_argument("--guild", default="Demo", help="the guild a new world begins with")
    parser.add_argument("--json", action="store_true", help="say it in one line of JSON once ready")
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end with the program that holds the other end, however that one ends",
    )
    return parser


async def _run(asked: argparse.Namespace) -> int:
    tls_port: int | None = asked.tls_port
    fake = Fakecord(asked.port, tls=tls_port is not None, tls_port=tls_port or 0, ca_file=asked.ca)
    if asked.documented_limits:
        fake.limits.as_documented()
    file: Path | None = asked.state
    if file is not None and not _load(fake, file):
        return 1
    try:
        await fake.start()
    except OSError as error:
        return _fail(_cannot_start(asked, error))
    except ImportError as error:
        return _fail(f"--tls-port needs a package that is not installed: {error.name}")
    try:
        if asked.redirect_uri:
            fake.allow_redirects(*asked.redirect_uri)
        if not fake.guilds:
            fake.guild(asked.guild)
        if asked.faults is not None and not _follow(fake, asked.faults):
            return 1
        if file is not None and not _save(fake, file):
            return 1
        _tell(fake, as_json=asked.json)
        return await _until_told_to_stop(fake, file, with_stdin=asked.until_stdin_closes)
    finally:
        await fake.stop()


def _load(fake: Fakecord, file: Path) -> bool:
    """A file that is not there yet is an empty world."""
    try:
        if file.exists():
            fake.restore(file.read_bytes())
    except (OSError, ValueError) as error:
        words = "it holds no world of fakecord" if isinstance(error, StateError) else str(error)
        _fail(f"cannot read {file}: {words}")
        return False
    return True


def _follow(fake: Fakecord, file: Path) -> bool:
    try:
        fake.follow(read_plan(json.loads(file.read_text())))
    except (OSError, ValueError) as error:
        _fail(f"cannot follow {file}: {error}")
        return False
    return True


async def _until_told_to_stop(fake: Fakecord, file: Path | None, *, with_stdin: bool) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    watcher = asyncio.create_task(_set_at_end_of_stdin(stop)) if with_stdin else None
    saver = asyncio.create_task(_keep_saved(fake, file)) if file else None
    await stop.wait()
    if watcher is not None:
        watcher.cancel()
    if saver is None or file is None:
        return 0
    saver.cancel()
    await asyncio.gather(saver, return_exceptions=True)
    return 0 if _save(fake, file) else 1


async def _set_at_end_of_stdin(stop: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while await reader.read(1024):
        pass
    stop.set()


async def _keep_saved(fake: Fakecord, file: Path) -> None:
    saved = fake.core.world.version
    while True:
        while fake.core.world.version == saved:
            await fake.core.pulse.next()
        saved = fake.core.world.version
        _save(fake, file)
        await asyncio.sleep(SAVE_AFTER)


def _save(fake: Fakecord, file: Path) -> bool:
    """Whole or not at all: written beside it, then put in its place."""
    beside = file.with_name(file.name + ".new")
    try:
        beside.write_bytes(orjson.dumps(fake.export()))
        os.replace(beside, file)
    except OSError as error:
        _fail(f"cannot save {file}: {error}")
        return False
    return True


def _tell(fake: Fakecord, *, as_json: bool) -> None:
    facts: dict[str, object] = {
        "url": fake.url,
        "api": fake.api_url,
        "gateway": fake.gateway_url,
        "control": f"{fake.url}/_control",
        "token": fake.token,
        "application_id": fake.application_id,
        "client_secret": fake.client_secret,
        "guild_id": fake.guilds[0].id,
    }
    if fake.core.tls_port is not None:
        facts |= {"tls_port": fake.tls_port, "ca_file": str(fake.ca_file)}
    if as_json:
        print(json.dumps(facts), flush=True)
        return
    print(f"fakecord is a local Discord at {fake.url}")
    print(f"  bot token     {fake.token}")
    print(f"  OAuth2        client {fake.application_id}, secret {fake.client_secret}")
    print(f"  REST          {fake.api_url}")
    print(f"  gateway       {fake.gateway_url}/")
    if fake.core.tls_port is not None:
        print(f"  discord.com   127.0.0.1:{fake.tls_port}, for those who trust {fake.ca_file}")
    print(f"  control door  {fake.url}/_control/docs", flush=True)


def _cannot_start(asked: argparse.Namespace, error: OSError) -> str:
    if error.filename is not None:
        return f"cannot write {error.filename}: {error.strerror}"
    ports = f"port {asked.port}" + (f" or {asked.tls_port}" if asked.tls_port else "")
    return f"{ports} is taken: choose another with --port, or 0 for a free one"


def _fail(words: str) -> int:
    print(f"fakecord: {words}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
