"""Looks for what would keep the program from working. Changes nothing, and disturbs no program that runs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import aiohttp

from rallypoint.adapters.db import Database, check_revision
from rallypoint.adapters.discord import inspection
from rallypoint.adapters.discord.inspection import Seen
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.http.server import listen
from rallypoint.adapters.telemetry import tracking
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import CannotStart, Forbidden, Unavailable
from rallypoint.kernel.feature import Finding, Grade, Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Permission
from rallypoint.kernel.settings import Settings

from . import catalogue, invite, places
from .storage import sqlite_file, vault_of

PORTAL = "https://discord.com/developers/applications"
MOST_SKEW = timedelta(seconds=5)
"""Discord takes an interaction's answer for three seconds, and shows our times to people."""


def ok(subject: str, fact: str) -> Finding:
    return Finding(Grade.OK, subject, fact)


def warning(subject: str, fact: str, fix: str) -> Finding:
    return Finding(Grade.WARNING, subject, fact, fix)


def failure(subject: str, fact: str, fix: str) -> Finding:
    return Finding(Grade.FAILURE, subject, fact, fix)


async def examine(settings: Settings) -> list[Finding]:
    findings = [ok("settings", "all keys are known and their values usable")]
    findings += _errors(settings)
    findings.append(_folder(settings))
    findings += [each async for each in _database(settings)]
    findings.append(await _port(settings))
    findings += await _discord(settings)
    return findings


def _errors(settings: Settings) -> Sequence[Finding]:
    try:
        wanted = tracking.is_wanted(settings)
    except CannotStart as error:
        return [failure("errors", str(error), "")]
    return [ok("errors", "they are told to the Sentry of RALLYPOINT_SENTRY_DSN")] if wanted else []


def _folder(settings: Settings) -> Finding:
    nearest = settings.data.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        fix = f"let this user write to {nearest}, or choose another folder with RALLYPOINT_DATA"
        return failure("data folder", f"{settings.data} cannot be written", fix)
    return ok("data folder", f"{settings.data.absolute()} can be written")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    path = sqlite_file(settings)
    if path is not None and not path.exists():
        yield ok("database", f"there is none yet at {path}; `rallypoint up` makes it")
        return
    try:
        database = await Database.open(settings.database, vault_of(settings))
    except CannotStart as error:
        yield failure("database", str(error), "")
        return
    async with database:
        yield ok("database", f"SQLite at {path}" if path else f"{database.name} answers")
        try:
            await check_revision(database)
        except CannotStart as error:
            yield failure("migrations", str(error), "")
            return
        yield ok("migrations", "up to date")
        parts = Parts(database.sessions, SystemClock(), Port(Line()))
        for feature in catalogue.FEATURES:
            for check in feature.checks:
                for finding in await check(parts):
                    yield finding


async def _port(settings: Settings) -> Finding:
    where = f"{settings.host}:{settings.port}"
    try:
        listen(settings.host, settings.port).close()
    except CannotStart as error:
        if await _is_ours(settings):
            return ok("web port", f"this program is running on {where}")
        return failure("web port", str(error), "")
    return ok("web port", f"{where} is free")


async def _is_ours(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    timeout = aiohttp.ClientTimeout(total=3)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(f"http://{host}:{settings.port}/healthz") as response,
        ):
            answer = await response.json()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return False
    return isinstance(answer, dict) and answer.get("program") == "rallypoint"


async def _discord(settings: Settings) -> Sequence[Finding]:
    if settings.token is None:
        fix = f"copy it from {PORTAL} > your application > Bot, and set RALLYPOINT_TOKEN"
        return [failure("token", "there is none", fix)]
    try:
        seen = await inspection.look(settings.token.get_secret_value(), settings.discord_url)
    except Forbidden:
        fix = f"reset it at {PORTAL} > your application > Bot, and set RALLYPOINT_TOKEN anew"
        return [failure("token", "Discord does not accept it", fix)]
    except (CannotStart, Unavailable) as error:
        fix = "check this machine's network, and RALLYPOINT_DISCORD_URL if it is set"
        return [failure("discord", str(error), fix)]
    return [
        ok("token", f"it is that of the application {seen.application!r} ({seen.application_id})"),
        _intents(settings),
        skew(seen),
        *_guilds(seen, settings),
        *await _channels(seen, settings),
    ]


async def _channels(seen: Seen, settings: Settings) -> Sequence[Finding]:
    ours = [each for each in seen.guilds if _is_served(each.id, settings)]
    try:
        return await places.examine(settings, ours)
    except Unavailable as error:
        return [warning("channels", str(error), "run the doctor again in a moment")]


def _is_served(guild_id: GuildId, settings: Settings) -> bool:
    return not settings.allowed_guilds or guild_id in settings.allowed_guilds


def _intents(settings: Settings) -> Finding:
    if settings.message_content:
        fact = "Message Content is asked for: it must be switched on in the portal, on the Bot page"
        return ok("intents", fact)
    return ok("intents", "only Guilds and Guild Voice States: nothing to switch on in the portal")


def skew(seen: Seen) -> Finding:
    seconds = round(seen.skew.total_seconds())
    if abs(seen.skew) <= MOST_SKEW:
        return ok("clock", f"within {max(1, abs(seconds))} s of Discord's")
    side = "ahead of" if seconds > 0 else "behind"
    return warning("clock", f"{abs(seconds)} s {side} Discord's", "switch on time synchronisation")


def _guilds(seen: Seen, settings: Settings) -> Sequence[Finding]:
    link = invite.link(seen.application_id)
    if not seen.guilds:
        return [warning("guilds", "the bot is in none", f"add it to a server: {link}")]
    findings = []
    for guild in seen.guilds:
        subject = f"guild {guild.name}"
        if not _is_served(guild.id, settings):
            findings.append(ok(subject, "left alone: it is not in RALLYPOINT_ALLOWED_GUILDS"))
            continue
        missing = catalogue.permissions() & ~guild.permissions
        if missing and Permission.ADMINISTRATOR not in guild.permissions:
            fix = f"give them to the bot's role, or add the bot again: {link}"
            findings.append(failure(subject, f"the bot lacks {missing.words}", fix))
        else:
            findings.append(ok(subject, "the bot has every permission it needs"))
    return findings
