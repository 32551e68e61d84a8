"""A server's subscriptions on the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request, Response

from rallypoint.features.conditions.api import Simulation
from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Destination
from rallypoint.features.destinations import api as destinations
from rallypoint.features.subscriptions import texts
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.features.subscriptions.service import hearing, managing, trying
from rallypoint.features.subscriptions.service.managing import Changes, Wanted
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.kernel.words import Words
from rallypoint.ui.web import forms, settings, tables
from rallypoint.ui.web.forms import Form, Picks
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, GuildPage
from rallypoint.ui.web.rights import Id
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.tables import Action, Column, Filter, Table, Turn

from . import wanted
from .wanted import Asked

TEMPLATES = Path(__file__).parents[1] / "templates"
COLUMNS = (
    Column(N_("Events")),
    Column(N_("Only of")),
    Column(N_("Where to")),
    Column(N_("Only if")),
    Column(N_("State")),
    Column(""),
)
STATES = (("on", N_("active")), ("off", N_("paused")))


def section(parts: Parts) -> Section:
    section = Section(
        "subscriptions",
        N_("Subscriptions"),
        role=Role.ADMIN,
        place=61,
        templates=TEMPLATES,
        among=destinations.SECTION,
    )
    page = _Subscriptions(parts)
    section.get("", page.show)
    section.get("/new", page.new)
    section.post("/new", page.create)
    section.post("/try", page.try_)
    section.post("/pause", page.pause)
    section.post("/resume", page.resume)
    section.post("/delete", page.delete)
    section.get("/{id}", page.detail)
    section.post("/{id}", page.save)
    return section


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    asks: Subscription
    to: Destination


class _Subscriptions:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known = list(parts.events)

    async def show(self, page: ForAdmin) -> Response:
        async with self._parts.sessions() as session:
            there = await deliveries.listing(session, by=page.actor)
            pairs = await managing.pairs(session, by=page.actor)
            most = await managing.most(session, by=page.actor)
        names = [(str(each.id), each.name) for each in there]
        filters = [
            Filter("state", N_("State"), STATES).read(page),
            Filter("destination", N_("Where to"), names).read(page),
            Filter("event", N_("Event"), [(each, each) for each in sorted(self._known)]).read(page),
        ]
        asked = tables.values(filters)
        rows = [
            _Row(row.id, row, to)
            for row, to in pairs
            if asked["state"] in ("", "on" if row.active else "off")
            and asked["destination"] in ("", str(to.id))
            and (not asked["event"] or matching.fits(row.kinds, asked["event"]))
        ]
        table = Table(
            caption=page.say(N_("Subscriptions")),
            columns=COLUMNS,
            rows=rows,
            filters=filters if pairs else (),
            actions=[
                Action(page.path("subscriptions", "pause"), N_("Pause")),
                Action(page.path("subscriptions", "resume"), N_("Resume")),
                Action(
                    page.path("subscriptions", "delete"),
                    N_("Delete"),
                    look="bad",
                    confirm=N_("Delete them? Where they lead to stays."),
                ),
            ],
            empty=page.say(N_("Nobody has asked for any events yet.")),
            hint=page.say(
                N_("Add a destination first, then what is to be sent there.")
                if not there
                else N_("Add what is to be sent, and where to.")
            ),
        )
        return page.render(
            "subscriptions/subscriptions.html",
            table=table,
            has_destinations=bool(there),
            most=most,
        )

    async def new(self, page: ForAdmin) -> Response:
        given = page.request.query_params.get("destination", "")
        values = {"destination_id": given} if given.isdecimal() else {}
        form = forms.form_of(Asked, values, picks=await self._picks(page))
        return self._form(page, form)

    async def create(self, page: ForAdmin, request: Request) -> Response:
        form = await forms.sent(request, Asked, picks=await self._picks(page))
        if form.value is None:
            return self._form(page, form)
        asked = form.value
        if not asked.destination_id:
            return self._form(page, form.blamed("destination_id", page.say(texts.PAGE_NEEDED)))
        made = Wanted(
            int(asked.destination_id), asked.kinds, asked.subjects or None, asked.conditions()
        )
        try:
            async with self._parts.sessions.begin() as session:
                now = self._parts.clock.now()
                row = await managing.add(session, made, known=self._known, by=page.actor, now=now)
        except Refused as refused:
            return self._form(page, _blamed(page, form, refused))
        await hearing.refresh(self._parts)
        return page.go(page.path("subscriptions", row.id), texts.PAGE_ADDED)

    async def detail(self, page: ForAdmin, id: Id) -> Response:
        row, to = await self._one(page, id)
        picks = await self._picks(page)
        return self._form(page, forms.form_of(Asked, wanted.shown(row), picks=picks), row, to)

    async def save(self, page: ForAdmin, request: Request, id: Id) -> Response:
        row, to = await self._one(page, id)
        form = await forms.sent(request, Asked, picks=await self._picks(page))
        if form.value is None:
            return self._form(page, form, row, to)
        asked = form.value
        changes = Changes(asked.kinds, asked.subjects, asked.conditions())
        try:
            async with self._parts.sessions.begin() as session:
                await self._edit(session, row.id, changes, page)
        except Refused as refused:
            return self._form(page, _blamed(page, form, refused), row, to)
        await hearing.refresh(self._parts)
        return page.go(page.path("subscriptions", row.id), texts.PAGE_SAVED)

    async def try_(self, page: ForAdmin, request: Request) -> Response:
        """What the form asks for, before it is saved."""
        async with request.form(max_files=0, max_fields=500) as typed:
            named = str(typed.get("id", ""))
        row, to = await self._one(page, named) if named else (None, None)
        form = await forms.sent(request, Asked, picks=await self._picks(page))
        if form.value is None:
            return self._form(page, form, row, to)
        asked = form.value
        question = trying.Question(
            asked.kinds, asked.subjects or None, asked.conditions(), asked.days
        )
        try:
            async with self._parts.sessions.begin() as session:
                now = self._parts.clock.now()
                found = await trying.simulate(
                    session, question, known=self._known, by=page.actor, now=now
                )
        except Refused as refused:
            return self._form(page, _blamed(page, form, refused), row, to)
        return self._form(page, form, row, to, found)

    async def pause(self, page: ForAdmin, request: Request) -> Response:
        turn = partial(self._edit, changes=Changes(active=False), page=page)
        return await self._turn(page, request, turn, texts.PAGE_PAUSED)

    async def resume(self, page: ForAdmin, request: Request) -> Response:
        turn = partial(self._edit, changes=Changes(active=True), page=page)
        return await self._turn(page, request, turn, texts.PAGE_RESUMED)

    async def delete(self, page: ForAdmin, request: Request) -> Response:
        turn = partial(managing.remove, by=page.actor, now=self._parts.clock.now())
        return await self._turn(page, request, turn, texts.PAGE_REMOVED)

    async def _turn(self, page: GuildPage, request: Request, turn: Turn, words: str) -> Response:
        named = await tables.turn(request, self._parts.sessions, turn, what="subscription")
        await hearing.refresh(self._parts)
        return page.go(page.path("subscriptions"), words if named else tables.NONE_TICKED)

    async def _edit(
        self, session: Any, subscription_id: int, changes: Changes, page: GuildPage
    ) -> None:
        now = self._parts.clock.now()
        await managing.edit(
            session, subscription_id, changes, known=self._known, by=page.actor, now=now
        )

    async def _one(self, page: GuildPage, id: str) -> tuple[Subscription, Destination]:
        which = tables.number_of(id, "subscription")
        async with self._parts.sessions() as session:
            return await managing.called(session, str(which), by=page.actor)

    async def _picks(self, page: GuildPage) -> Picks:
        async with self._parts.sessions() as session:
            there = await deliveries.listing(session, by=page.actor)
        offered = forms.picks_of(page.look)
        return {
            **offered,
            "destinations": [(str(each.id), each.name) for each in there],
            "kinds": _kinds(page, self._known),
            "subjects": [(f"channel:{id}", name) for id, name in offered.get("voice", ())],
            "members": [(value, page.say(words)) for value, words in texts.PAGE_MEMBERS.items()],
        }

    def _form(
        self,
        page: GuildPage,
        form: Form[Asked],
        row: Subscription | None = None,
        to: Destination | None = None,
        found: Simulation | None = None,
    ) -> Response:
        return page.render(
            "subscriptions/subscription.html",
            status=422 if form.is_wrong else 200,
            form=form,
            row=row,
            to=to,
            found=found,
            when=wanted.WHEN,
            is_conditional=any(
                each.value not in ("", "false", ())
                for each in form.fields
                if each.name in wanted.WHEN
            ),
        )


def _kinds(page: GuildPage, known: list[str]) -> list[tuple[str, str]]:
    features = dict.fromkeys(kind.partition(".")[0] for kind in sorted(known))
    titles = {each: Words(settings.TITLES.get(each, each)) for each in features}
    every = [
        (f"{each}.*", page.say(texts.PAGE_ALL_OF, feature=title)) for each, title in titles.items()
    ]
    each_ = [(kind, page.say(destinations.EVENTS.get(kind, kind))) for kind in sorted(known)]
    return [("*", page.say(texts.PAGE_EVERYTHING)), *every, *each_]


def _blamed(page: GuildPage, form: Form[Asked], refused: Refused) -> Form[Asked]:
    return form.blamed(wanted.field_of(refused), page.why(refused))
