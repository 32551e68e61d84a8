"""Whether every channel is one we hear of. The caller owns the session and commits it."""

from __future__ import annotations

import difflib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.monitors.model import Monitor, MonitorPing
from rallypoint.features.monitors.rules.changes import NAMELESS, look_again
from rallypoint.features.presence import api as presence
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.ports import Discord, SeenChannel

from . import sealing
from .calling import add_figures, state_of, write_state

PING = 1
Problem = dict[str, str]


async def aim_ping(session: AsyncSession, url: str | None, *, now: datetime) -> None:
    """From now on it is told there that all channels are seen; None: nowhere."""
    row = await session.get(MonitorPing, PING)
    if row is None:
        session.add(row := MonitorPing(id=PING))
    elif sealing.ping(session, row.url) != url:
        row.told_at, row.reason = None, None
    row.url = url and sealing.seal_ping(session, url, now=now)


@dataclass(frozen=True, slots=True)
class Round:
    complete: bool
    """There are channels, and every one was seen."""
    ping: str | None
    """Where that is told."""
    problems: Sequence[Problem]
    """Those that are new."""


async def look(session: AsyncSession, discord: Discord, *, now: datetime) -> Round:
    rows = select(Monitor).order_by(Monitor.channel_id).with_for_update()
    monitors = (await session.scalars(rows)).all()
    known: dict[GuildId, bool] = {}
    found = {}
    for row in monitors:
        found[row.channel_id] = place = _place(discord, row)
        if place.guild_id is not None and place.guild_id not in known:
            known[place.guild_id] = await presence.is_known(session, place.guild_id)
    # Only now: what the ledger has written until we saw that it is known must be counted as waiting.
    waiting = await _waiting(session, [row.channel_id for row in monitors])
    problems = []
    for row in monitors:
        place, began = found[row.channel_id], time.perf_counter()
        if place.problem is not None and place.problem != row.problem:
            problems.append(place.problem)
        row.problem = place.problem
        if place.guild_id is not None and known[place.guild_id] and row.channel_id not in waiting:
            await _see(session, row, place.guild_id, now)
        add_figures(row, {"looks": 1, "seconds_to_look": time.perf_counter() - began})
    heard = [place.guild_id is not None and known[place.guild_id] for place in found.values()]
    ping = await session.get(MonitorPing, PING)
    address = sealing.ping(session, ping.url) if ping else None
    return Round(bool(heard) and all(heard), address, problems)


async def note_ping(session: AsyncSession, url: str, reason: str | None, *, now: datetime) -> None:
    """*reason*: why it did not arrive."""
    ping = await session.get(MonitorPing, PING, with_for_update=True)
    if ping is not None and sealing.ping(session, ping.url) == url:
        ping.told_at, ping.reason = now, reason and reason[:60]


@dataclass(frozen=True, slots=True)
class _Place:
    guild_id: GuildId | None
    """None: no channel that anybody could be heard in."""
    problem: Problem | None = None


def _place(discord: Discord, row: Monitor) -> _Place:
    channel_id = ChannelId(int(row.channel_id))
    channel = discord.channel(channel_id)
    if channel is None:
        return _Place(None, problem_of(channel_id, row.place, {}))
    if channel.is_voice:
        return _Place(channel.guild_id)
    look = discord.look(channel.guild_id)
    found = {
        each.id: SeenChannel(channel.guild_id, each.name, each.kind == "voice")
        for each in (look.channels if look else ())
    }
    return _Place(None, problem_of(channel_id, row.place, found | {channel_id: channel}))


def problem_of(
    channel_id: int, place: str, found: Mapping[ChannelId, SeenChannel]
) -> Problem | None:
    """*found*: what the bot sees of it, and of its guild."""
    told = {"place": f"{place}.channel_id", "channel": str(channel_id)}
    channel = found.get(ChannelId(channel_id))
    if channel is None:
        return {"code": "monitor_channel_unknown", **told}
    if channel.is_voice:
        return None
    voices = {
        each: other.name
        for each, other in found.items()
        if other.is_voice and other.guild_id == channel.guild_id
    }
    told |= {"name": channel.name, "nearest": _nearest(channel.name, voices) or "a voice channel"}
    return {"code": "monitor_channel_not_voice", **told}


def _nearest(name: str, voices: Mapping[ChannelId, str]) -> str | None:
    """The one that is called most like it."""
    close = difflib.get_close_matches(name, list(voices.values()), n=1, cutoff=0.0)
    return next((f"{each} ({called})" for each, called in voices.items() if called in close), None)


async def _waiting(session: AsyncSession, channels: Sequence[str]) -> Collection[str]:
    """Those about which something was recorded and not handed on yet: the ledger knows more than was called out."""
    subjects = [f"channel:{each}" for each in channels]
    unhandled = select(Outbox.subject).where(
        Outbox.relayed_at.is_(None), Outbox.subject.in_(subjects)
    )
    return {each.removeprefix("channel:") for each in await session.scalars(unhandled)}


async def _see(session: AsyncSession, row: Monitor, guild_id: GuildId, now: datetime) -> None:
    state = state_of(row)
    users: dict[int, str] = {}
    if state.seen_at is None:
        present = await presence.present(session, guild_id, ChannelId(int(row.channel_id)))
        users = {each.user_id: NAMELESS for each in present}
    write_state(row, look_again(state, users, now))
