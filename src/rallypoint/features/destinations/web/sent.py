"""What was sent, on the dashboard: the log of all destinations, each delivery with its attempts, and sending again."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Delivery, DeliveryState, Destination
from rallypoint.features.destinations import texts
from rallypoint.features.destinations.service import log, overall, replaying
from rallypoint.features.destinations.service.overall import Mine
from rallypoint.features.destinations.service.privacy import FORGOTTEN
from rallypoint.features.destinations.service.replaying import Which
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web import tables
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.live_part import LivePart, id_of
from rallypoint.ui.web.page import ForAdmin, GuildPage
from rallypoint.ui.web.rights import Id, number
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.tables import Action, Column, Filter, Table

from . import again, words
from .pages import TEMPLATES

COLUMNS = (
    Column(N_("State")),
    Column(N_("Event")),
    Column(N_("Where to")),
    Column(N_("Last answer")),
    Column(N_("Tries"), "number"),
    Column(N_("When")),
)
DEAD = Which(failed=True)
STATES = (
    ("pending", N_("waits")),
    ("delivered", N_("delivered")),
    ("dead", N_("given up")),
)


def section(parts: Parts) -> Section:
    section = Section(
        "deliveries",
        N_("Log"),
        role=Role.ADMIN,
        place=63,
        templates=TEMPLATES,
        among=texts.DELIVERIES,
    )
    page = _Sent(parts)
    section.get("", page.show)
    section.get("/live", page.live)
    section.post("/replay", page.replay)
    section.post("/replay-dead", page.replay_dead)
    again.add_to(section, parts)
    section.get("/{id}", page.detail)
    section.get("/{id}/live", page.detail_live)
    return section


class _Sent:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        kinds = (deliveries.Disabled.kind,)
        self._figures = LivePart(
            parts, kinds=kinds, audience_of=_wanted_destination, render=self._render_figures
        )
        self._one = LivePart(parts, kinds=kinds, audience_of=_shown, render=self._render_one)

    async def show(self, page: ForAdmin) -> Response:
        async with self._parts.sessions() as session:
            there = await overall.mine(session, by=page.actor)
            filters = self._filters(page, there)
            asked = tables.values(filters)
            which = log.Filter(
                DeliveryState(asked["state"]) if asked["state"] else None,
                asked["kind"] or None,
                tables.before(page),
            )
            of = _of(there, asked["destination"])
            found = await overall.newest(session, which, of=of, most=tables.PAGE + 1)
            part = await self._figures_of(session, page, there)
        rows = found.deliveries[: tables.PAGE]
        more = rows[-1].id if len(found.deliveries) > len(rows) else None
        table = Table(
            caption=page.say(N_("What was sent")),
            columns=COLUMNS,
            rows=rows,
            filters=filters if there else (),
            actions=[Action(page.path("deliveries", "replay"), N_("Send again"))],
            older=tables.older(page, filters, more),
            newest=tables.newest(page, filters),
            empty=page.say(N_("Nothing was sent yet.")),
            hint=page.say(N_("What a subscription asks for is listed here as it happens.")),
        )
        return page.render(
            "deliveries/log.html",
            table=table,
            there=there,
            last=found.last,
            part=part,
            version=id_of(part),
            destination=asked["destination"],
            why=words.why(page),
        )

    async def live(self, page: ForAdmin) -> Response:
        return self._figures.stream(page)

    async def detail(self, page: ForAdmin, id: Id) -> Response:
        part = await self._render_one(page)
        async with self._parts.sessions() as session:
            row, to, _ = await overall.one(session, _id(id), by=page.actor)
        return page.render(
            "deliveries/delivery.html",
            sent=row,
            to=to,
            data=json.dumps(row.data, indent=2, ensure_ascii=False),
            line=await self._line(page, row.id, to.id),
            part=part,
            version=id_of(part),
        )

    async def detail_live(self, page: ForAdmin, id: Id) -> Response:
        async with self._parts.sessions() as session:
            await overall.one(session, _id(id), by=page.actor)
        return self._one.stream(page)

    async def replay(self, page: ForAdmin, request: Request) -> Response:
        named = await tables.ticked(request, "delivery")
        async with self._parts.sessions.begin() as session:
            now = self._parts.clock.now()
            count = await replaying.replay_named(session, named, by=page.actor, now=now)
        if not named:
            return page.go(page.path("deliveries"), tables.NONE_TICKED)
        one = named if len(named) == 1 else ()
        said = texts.REPLAYED if count else texts.NOTHING_TO_REPLAY
        return page.go(page.path("deliveries", *one), said, count=count)

    async def replay_dead(self, page: ForAdmin, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=10) as form:
            named = str(form.get("destination", ""))
        of = tables.number_of(named, "destination") if named else None
        async with self._parts.sessions.begin() as session:
            now = self._parts.clock.now()
            done = await replaying.replay_all(session, of, DEAD, by=page.actor, now=now)
        return page.go(page.path("deliveries"), words.replayed(done))

    def _filters(self, page: GuildPage, there: Mine) -> list[Filter]:
        kinds = [(kind, kind) for kind in sorted(self._parts.events)]
        names = [(str(each.id), each.name) for each in there.values()]
        return [
            Filter("state", N_("State"), STATES).read(page),
            Filter("destination", N_("Where to"), names or [("", "")]).read(page),
            Filter("kind", N_("Event"), kinds).read(page),
        ]

    async def _line(self, page: GuildPage, delivery_id: int, destination_id: int) -> str:
        """For a shell; empty where none sends such."""
        try:
            async with self._parts.sessions.begin() as session:
                return await log.as_curl(
                    session,
                    destination_id,
                    delivery_id,
                    by=page.actor,
                    now=self._parts.clock.now(),
                )
        except Refused:
            return ""

    async def _render_figures(self, page: GuildPage) -> str:
        async with self._parts.sessions() as session:
            there = await overall.mine(session, by=page.actor)
            return await self._figures_of(session, page, there)

    async def _figures_of(self, session: AsyncSession, page: GuildPage, there: Mine) -> str:
        named = _wanted_destination(page)
        found = await overall.figures(session, of=_of(there, str(named)))
        return page.fragment(
            "deliveries/log.html", "figures", figures=found, most=overall.MOST_COUNTED, named=named
        )

    async def _render_one(self, page: GuildPage) -> str:
        async with self._parts.sessions() as session:
            row, to, tries = await overall.one(session, _id(str(_shown(page))), by=page.actor)
        return page.fragment(
            "deliveries/delivery.html",
            "live",
            sent=row,
            to=to,
            tries=tries,
            next_try=_next_try(row, to, self._parts.clock.now()),
            may_replay=row.state != DeliveryState.PENDING and row.reason != FORGOTTEN,
            why=words.why(page),
        )


def _next_try(row: Delivery, to: Destination, now: datetime) -> datetime | None:
    """None: as soon as it is its turn."""
    due = max((each for each in (row.due_at, to.next_try_at) if each), default=now)
    return due if due > now else None


def _of(there: Mine, named: str) -> list[int]:
    """The destinations that are meant."""
    return [each for each in there if named in ("", str(each))]


def _wanted_destination(page: GuildPage) -> Hashable:
    return page.request.query_params.get("destination", "")[:20]


def _shown(page: GuildPage) -> Hashable:
    return str(page.request.path_params["id"])


def _id(text: str) -> int:
    return number(text, unknown="delivery_unknown", delivery=text)
