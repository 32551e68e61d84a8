"""The channels of a file: what is sent for them, and to whom. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import DestinationState, Kind
from rallypoint.features.destinations import api as destinations
from rallypoint.features.monitors.model import Monitor
from rallypoint.features.monitors.rules.callouts import VARIABLES
from rallypoint.features.monitors.rules.files import Address, Listed
from rallypoint.kernel.addresses import Address as Parsed
from rallypoint.kernel.addresses import Bounds, Place
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.networks import is_public
from rallypoint.kernel.people import Operator
from rallypoint.kernel.templates.addresses import UrlTemplate

from . import sealing
from .sealing import Routes

FILE = "file"
"""Of the setting; it is read anew at each start."""
IMPORT = "import"
LONGEST_NAME = 100
TERMS = deliveries.Terms(VARIABLES, Bounds())


@dataclass(slots=True)
class Report:
    """What came of it: channels, by their ids."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    """For which nothing is sent to anybody."""
    queues: list[str] = field(default_factory=list)
    private: list[Place] = field(default_factory=list)
    """Addresses that are not on the public internet."""


async def take_in(
    session: AsyncSession, listed: Sequence[Listed], *, source: str, now: datetime
) -> Report:
    """From now on these are what comes from that *source*: what came from there before and is not among them goes.
    Raise Refused for an address that cannot be read; then nothing is to be committed."""
    report = Report()
    wanted = [(each, _lanes(each)) for each in listed]
    rows = await _known(session)
    for each, lanes in wanted:
        await _put(session, each, lanes, rows.get(str(each.channel_id)), source, now, report)
        _note(report, each, lanes)
    kept = {str(each.channel_id) for each in listed}
    for channel_id, row in rows.items():
        if row.source == source and channel_id not in kept:
            await _remove(session, row.destinations.values(), now)
            await session.delete(row)
            report.removed.append(channel_id)
    await session.flush()
    return report


@dataclass(frozen=True, slots=True)
class _Lane:
    """One receiver. What it is called or sent comes in order; the others do not wait for it."""

    kind: Kind
    where: str
    """A server's scheme, name and port, or a list."""
    parsed: tuple[Parsed, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.kind} {self.where}"

    @property
    def config(self) -> Mapping[str, Any]:
        if self.kind is Kind.REDIS_LIST:
            return {"key": self.where, "prepared": True}
        return {"url": f"{self.where}/", "patience": "dbot", "prepared": True}


@dataclass(frozen=True, slots=True)
class _Lanes:
    of: Mapping[str, _Lane]
    routes: Mapping[str, Sequence[tuple[str, str]]]
    """Type → lane and template."""
    queues: Sequence[str]


def _lanes(listed: Listed) -> _Lanes:
    lanes: dict[str, _Lane] = {}
    routes: dict[str, list[tuple[str, str]]] = {}
    for type_, addresses in listed.addresses.items():
        routes[type_.value] = []
        for address in addresses:
            parsed = _parsed(address)
            lane = _Lane(Kind.WEBHOOK_GET, parsed.origin)
            before = lanes.get(lane.key, lane).parsed
            lanes[lane.key] = _Lane(lane.kind, lane.where, (*before, parsed))
            routes[type_.value].append((lane.key, address.template))
    queues = [_Lane(Kind.REDIS_LIST, name) for name in listed.queues]
    lanes |= {lane.key: lane for lane in queues}
    return _Lanes(lanes, routes, [lane.key for lane in queues])


def _parsed(address: Address) -> Parsed:
    try:
        return UrlTemplate.parse(address.template, VARIABLES).address
    except Refused as refused:
        why = destinations.words(refused)
        raise Refused("monitor_address_wrong", place=address.place, reason=why) from None


async def _known(session: AsyncSession) -> Mapping[str, Monitor]:
    """Locked against who calls out."""
    rows = select(Monitor).order_by(Monitor.channel_id).with_for_update()
    return {row.channel_id: row for row in await session.scalars(rows)}


async def _put(
    session: AsyncSession,
    listed: Listed,
    lanes: _Lanes,
    row: Monitor | None,
    source: str,
    now: datetime,
    report: Report,
) -> None:
    channel_id = str(listed.channel_id)
    before = row.destinations if row is not None else {}
    ids = {
        key: await _destination(session, channel_id, lane, before.get(key), now)
        for key, lane in lanes.of.items()
    }
    gone = [destination for key, destination in before.items() if key not in ids]
    await _remove(session, gone, now)
    routes: Routes = {
        type_: [[ids[key], template] for key, template in addresses]
        for type_, addresses in lanes.routes.items()
    }
    if row is not None and sealing.opened(session, row.routes) == routes:
        routes = row.routes
    else:
        routes = sealing.sealed(session, routes, now=now)
    wanted = {
        "source": source,
        "place": listed.place,
        "destinations": ids,
        "routes": routes,
        "queues": [ids[key] for key in lanes.queues],
    }
    if row is None:
        fresh = {"users": [], "figures": {}, "created_at": now, "updated_at": now}
        session.add(Monitor(channel_id=channel_id, **wanted, **fresh))
        report.new.append(channel_id)
    elif any(getattr(row, name) != value for name, value in wanted.items() if name != "place"):
        for name, value in wanted.items():
            setattr(row, name, value)
        row.updated_at = now
        report.changed.append(channel_id)
    else:
        row.place = listed.place
        report.same.append(channel_id)


async def _destination(
    session: AsyncSession, channel_id: str, lane: _Lane, known: int | None, now: datetime
) -> int:
    """One that was given up on gets another chance, one that was removed by hand is made anew."""
    if known is not None:
        with_id = await _still_there(session, known, now)
        if with_id is not None:
            return with_id
    wanted = deliveries.Wanted(_name(channel_id, lane), lane.kind, lane.config)
    made = await deliveries.add(session, wanted, terms=TERMS, by=Operator(), now=now)
    return made.destination.id


def _name(channel_id: str, lane: _Lane) -> str:
    """Another one for each lane, however long."""
    name = f"{channel_id} {lane.where}"
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]} {crc32(lane.where.encode()):08x}"


async def _still_there(session: AsyncSession, known: int, now: datetime) -> int | None:
    try:
        row = await deliveries.show(session, known, by=Operator())
    except NotFound:
        return None
    if row.state == DestinationState.DISABLED:
        await deliveries.resume(session, known, by=Operator(), now=now)
    return known


async def _remove(session: AsyncSession, destinations: Any, now: datetime) -> None:
    for each in destinations:
        try:
            await deliveries.remove(session, each, users=None, by=Operator(), now=now)
        except NotFound:
            continue


def _note(report: Report, listed: Listed, lanes: _Lanes) -> None:
    if listed.is_idle:
        report.idle.append(str(listed.channel_id))
    report.queues += [each for each in listed.queues if each not in report.queues]
    for place in _private(lanes):
        if place not in report.private:
            report.private.append(place)


def _private(lanes: _Lanes) -> Iterator[Place]:
    for lane in lanes.of.values():
        for parsed in lane.parsed[:1]:
            if parsed.literal is not None and not is_public(parsed.literal):
                yield parsed.literal, parsed.port
