"""A server's destinations on the dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request, Response

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Destination, Kind, Made, Users, terms_of
from rallypoint.features.destinations import texts
from rallypoint.features.destinations.service import log, overall, replaying
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web import forms, tables
from rallypoint.ui.web.forms import Form, Picks
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, GuildPage
from rallypoint.ui.web.rights import Id, number
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.tables import Action, Column, Filter, Table

from . import shapes, wanted, words
from .wanted import FORMS, Asked

TEMPLATES = Path(__file__).parents[1] / "templates"
SHOWN = 10
USUAL = "presence.joined"
COLUMNS = (
    Column(N_("Name")),
    Column(N_("How")),
    Column(N_("Where to")),
    Column(N_("How it does")),
    Column(N_("Last sent")),
    Column(""),
)
STATES = (
    ("active", N_("active")),
    ("failing", N_("failing")),
    ("paused", N_("paused")),
    ("disabled", N_("disabled")),
)


def section(parts: Parts) -> Section:
    section = Section(
        "destinations",
        N_("Destinations"),
        role=Role.ADMIN,
        place=62,
        templates=TEMPLATES,
        among=texts.DELIVERIES,
    )
    page = _Destinations(parts)
    section.get("", page.show)
    section.get("/new", page.choose)
    section.get("/new/{kind}", page.new)
    section.post("/new/{kind}", page.create)
    section.post("/pause", page.pause)
    section.post("/resume", page.resume)
    section.post("/delete", page.delete)
    section.get("/{id}", page.detail)
    section.get("/{id}/edit", page.edit)
    section.post("/{id}/edit", page.save)
    section.post("/{id}/secret", page.rotate)
    section.post("/{id}/test", page.test)
    return section


class _Destinations:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._terms = terms_of(parts)

    async def show(self, page: ForAdmin) -> Response:
        filters = [
            Filter("state", N_("State"), STATES).read(page),
            Filter("name", N_("Name")).read(page),
        ]
        asked = tables.values(filters)
        async with self._parts.sessions() as session:
            there = await deliveries.listing(session, by=page.actor)
        shown = [shapes.destination(row) for row in there]
        rows = [
            each
            for each in shown
            if asked["state"] in ("", _state(each))
            and asked["name"].casefold() in each.name.casefold()
        ]
        table = Table(
            caption=page.say(N_("Destinations")),
            columns=COLUMNS,
            rows=rows,
            filters=filters if there else (),
            actions=_actions(page),
            empty=page.say(N_("Nothing is sent anywhere yet.")),
            hint=page.say(N_("Add where to: a webhook, a channel of Discord, or a Redis.")),
        )
        return page.render("destinations/destinations.html", table=table, kinds=texts.KINDS)

    async def choose(self, page: ForAdmin) -> Response:
        kinds = [(kind, texts.KINDS[kind], texts.ABOUT_KINDS[kind]) for kind in FORMS]
        return page.render("destinations/choose.html", kinds=kinds)

    async def new(self, page: ForAdmin, kind: str) -> Response:
        form = forms.form_of(FORMS[_kind(kind)], picks=_picks(page))
        return self._form(page, form, kind)

    async def create(self, page: ForAdmin, request: Request, kind: str) -> Response:
        model = FORMS[_kind(kind)]
        form = await forms.sent(request, model, picks=_picks(page))
        if form.value is None:
            return self._form(page, form, kind)
        if missing := wanted.lacks(form.value):
            return self._form(page, form.blamed(missing, page.say(texts.NEEDED)), kind)
        asked = deliveries.Wanted(form.value.name, _kind(kind), form.value.config())
        try:
            async with self._parts.sessions.begin() as session:
                now = self._parts.clock.now()
                made = await deliveries.add(
                    session, asked, terms=self._terms, by=page.actor, now=now
                )
        except Refused as refused:
            return self._form(page, _blamed(page, form, refused, model), kind)
        return self._told(page, made)

    async def detail(self, page: ForAdmin, id: Id) -> Response:
        async with self._parts.sessions() as session:
            row = await self._one(session, page, id)
            sent = await overall.newest(session, log.Filter(), of=[row.id], most=SHOWN)
            users = self._parts.answers.get(Users)
            count = 0 if users is None else await users.count(session, row.id)
        return page.render(
            "destinations/destination.html",
            to=shapes.destination(row),
            log=sent,
            count=count,
            kind=texts.KINDS[row.kind],
            events=[
                (kind, page.say(texts.EVENTS.get(kind, kind)))
                for kind in sorted(self._parts.events)
            ],
            usual=sent.deliveries[0].kind if sent.deliveries else USUAL,
            is_signed=row.kind == Kind.WEBHOOK_POST,
            why=words.why(page),
        )

    async def edit(self, page: ForAdmin, id: Id) -> Response:
        async with self._parts.sessions() as session:
            row = await self._one(session, page, id)
        form = forms.form_of(_form_of(row), wanted.shown(row), picks=_picks(page))
        return self._form(page, form, row.kind, row)

    async def save(self, page: ForAdmin, request: Request, id: Id) -> Response:
        async with self._parts.sessions() as session:
            row = await self._one(session, page, id)
        model = _form_of(row)
        form = await forms.sent(request, model, picks=_picks(page))
        if form.value is None:
            return self._form(page, form, row.kind, row)
        try:
            async with self._parts.sessions.begin() as session:
                await deliveries.edit(
                    session,
                    row.id,
                    name=form.value.name,
                    config=form.value.config(),
                    terms=self._terms,
                    by=page.actor,
                    now=self._parts.clock.now(),
                )
        except Refused as refused:
            return self._form(page, _blamed(page, form, refused, model), row.kind, row)
        return page.go(page.path("destinations", row.id), texts.SAVED)

    async def rotate(self, page: ForAdmin, id: Id) -> Response:
        async with self._parts.sessions.begin() as session:
            made = await deliveries.rotate(
                session, _id(id), by=page.actor, now=self._parts.clock.now()
            )
        return self._told(page, made, is_new=False)

    async def test(self, page: ForAdmin, request: Request, id: Id) -> Response:
        async with request.form(max_files=0, max_fields=10) as form:
            kind = str(form.get("event", ""))
        event = self._parts.events.get(kind)
        async with self._parts.sessions.begin() as session:
            if event is None:
                await deliveries.show(session, _id(id), by=page.actor)
                raise NotFound("event_unknown", kind=kind[:100])
            now = self._parts.clock.now()
            row = await replaying.test(session, _id(id), event, by=page.actor, now=now)
        return page.go(page.path("deliveries", row.id), texts.TESTED)

    async def pause(self, page: ForAdmin, request: Request) -> Response:
        return await self._turn(page, request, deliveries.pause, texts.PAUSED)

    async def resume(self, page: ForAdmin, request: Request) -> Response:
        return await self._turn(page, request, deliveries.resume, texts.RESUMED)

    async def delete(self, page: ForAdmin, request: Request) -> Response:
        turn = partial(deliveries.remove, users=self._parts.answers.get(Users))
        return await self._turn(page, request, turn, texts.REMOVED)

    async def _turn(self, page: GuildPage, request: Request, turn: Any, words: str) -> Response:
        turn = partial(turn, by=page.actor, now=self._parts.clock.now())
        named = await tables.turn(request, self._parts.sessions, turn, what="destination")
        one = named if len(named) == 1 and words != texts.REMOVED else ()
        return page.go(page.path("destinations", *one), words if named else tables.NONE_TICKED)

    async def _one(self, session: Any, page: GuildPage, id: str) -> Destination:
        there = await overall.mine(session, by=page.actor)
        if (row := there.get(_id(id))) is None:
            raise NotFound("destination_unknown", destination=id)
        return row

    def _form(
        self, page: GuildPage, form: Form[Any], kind: str, row: Destination | None = None
    ) -> Response:
        return page.render(
            "destinations/form.html",
            status=422 if form.is_wrong else 200,
            form=form,
            kind=texts.KINDS[kind],
            row=row,
            to=row and shapes.destination(row).to,
            variables=sorted(self._terms.variables),
            has_placeholders=Kind(kind) in (Kind.WEBHOOK_GET, Kind.DISCORD),
        )

    def _told(self, page: GuildPage, made: Made, *, is_new: bool = True) -> Response:
        row = made.destination
        if made.secret is None:
            return page.go(page.path("destinations", row.id), texts.SAVED)
        # Not by way of a redirect: it is said this once.
        return page.render("destinations/secret.html", row=row, secret=made.secret, is_new=is_new)


def _state(each: shapes.Destination) -> str:
    return "failing" if each.state == "active" and each.failing_since else each.state


def _actions(page: GuildPage) -> Sequence[Action]:
    return [
        Action(page.path("destinations", "pause"), N_("Pause")),
        Action(page.path("destinations", "resume"), N_("Resume")),
        Action(
            page.path("destinations", "delete"),
            N_("Delete"),
            look="bad",
            confirm=N_("Delete them? What still waits for them is not sent."),
        ),
    ]


def _picks(page: GuildPage) -> Picks:
    patience = [
        ("standard", page.say(N_("ten times, over three days"))),
        ("dbot", page.say(N_("three times, within two minutes, as dbot does"))),
    ]
    return {**forms.picks_of(page.look), "patience": patience}


def _blamed(
    page: GuildPage, form: Form[Asked], refused: Refused, model: type[Asked]
) -> Form[Asked]:
    return form.blamed(wanted.field_of(refused, model), page.why(refused))


def _form_of(row: Destination) -> type[Asked]:
    return FORMS[Kind(row.kind)]


def _kind(text: str) -> Kind:
    kinds: Mapping[str, Kind] = {each.value: each for each in FORMS}
    if text not in kinds:
        raise NotFound("destination_kind_unknown", kind=text[:40])
    return kinds[text]


def _id(text: str) -> int:
    return number(text, unknown="destination_unknown", destination=text)
