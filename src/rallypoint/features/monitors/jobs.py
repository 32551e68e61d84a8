from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel import jobs
from rallypoint.kernel.errors import CannotStart, Refused
from rallypoint.kernel.feature import Find, Finding, Parts
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.jobs import Work
from rallypoint.kernel.outlets import HttpRequest, Verdict

from . import texts
from .model import Monitor, MonitorPing
from .rules import files
from .rules.files import Listed
from .service import listing, looking, sealing
from .service.listing import Report

SEAL = "monitors.seal"

log = structlog.get_logger()


async def start(parts: Parts) -> None:
    """The file of the setting, as it is now. Without one, what came from it before goes."""
    path, ping = parts.settings.channels_file, parts.settings.health_ping_url
    try:
        listed = await _read(path) if path is not None else ()
        async with parts.sessions.begin() as session:
            now = parts.clock.now()
            report = await listing.take_in(session, listed, source=listing.FILE, now=now)
            await looking.aim_ping(session, ping.get_secret_value() if ping else None, now=now)
            lost = await sealing.renew(session, now=now)
            if await sealing.receivers(session):
                await jobs.schedule(session, SEAL, due=now, key=SEAL)
    except Refused as refused:
        raise CannotStart(texts.cannot_start(refused)) from None
    if lost:
        log.error("The key to channels' addresses is lost", channels=lost, fix=texts.IMPORT_AGAIN)
    if path is not None or report.removed:
        log.info("Channels are monitored", file=str(path), said=" ".join(_said(report)))


async def check_channels(file: Path, find: Find) -> Sequence[str]:
    listed = await _read(file)
    found = await find([ChannelId(each.channel_id) for each in listed])
    notes = []
    for each in listed:
        problem = looking.problem_of(each.channel_id, each.place, found)
        if problem is not None and ChannelId(each.channel_id) in found:
            raise Refused(problem["code"], **{k: v for k, v in problem.items() if k != "code"})
        if problem is not None:
            notes.append(texts.problem(problem))
    return notes


async def take_over(session: AsyncSession, file: Path, now: datetime) -> str:
    listed = await _read(file)
    report = await listing.take_in(session, listed, source=listing.IMPORT, now=now)
    return "\n".join(_said(report))


async def seal(work: Work) -> None:
    """What was sent and is kept: it may be very much. Run again, it passes over what is done."""
    async with work.sessions() as session:
        receivers = await sealing.receivers(session)
    count = 0
    for each in receivers:
        after: str | None = ""
        while after is not None:
            async with work.sessions.begin() as session:
                now = work.clock.now()
                renewed = await sealing.renew_sent(session, each, after=after, now=now)
            after, count = renewed.next, count + renewed.count
    if count:
        log.info("Addresses of deliveries are encrypted by the first key", count=count)


async def look(work: Work) -> None:
    """It is told to the health check only if every channel was seen."""
    async with work.sessions.begin() as session:
        found = await looking.look(session, work.discord, now=work.clock.now())
    for each in found.problems:
        log.error("A monitored channel is not seen", why=texts.problem(each))
    if not found.complete or found.ping is None:
        return
    receipt = await work.carrier.carry(HttpRequest("GET", found.ping))
    reason = None if receipt.verdict is Verdict.DELIVERED else receipt.reason or "failed"
    async with work.sessions.begin() as session:
        await looking.note_ping(session, found.ping, reason, now=work.clock.now())


async def check(parts: Parts) -> Sequence[Finding]:
    async with parts.sessions.begin() as session:
        rows = (await session.scalars(select(Monitor).order_by(Monitor.channel_id))).all()
        ping = await session.get(MonitorPing, looking.PING)
    if not rows:
        return []
    findings = texts.seen(len(rows), [texts.problem(row.problem) for row in rows if row.problem])
    failed = [texts.ping_failed(ping.reason)] if ping is not None and ping.reason else []
    return [*findings, *failed]


async def _read(file: Path) -> tuple[Listed, ...]:
    try:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"
        raise Refused("monitor_file_unreadable", file=str(file), reason=reason) from None
    return files.read(text)


def _said(report: Report) -> Sequence[str]:
    changes = texts.taken_in(
        new=report.new, changed=report.changed, same=report.same, removed=report.removed
    )
    lines = [changes]
    if report.idle:
        lines.append(texts.idle(report.idle))
    if report.queues:
        lines.append(texts.queues(report.queues))
    if report.private:
        shown = [
            f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"
            for host, port in report.private
        ]
        lines += texts.private(shown)
    return lines
