"""The pages of schedules, of whatever place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.features.schedules import api as schedules
from rallypoint.features.timetable import texts
from rallypoint.features.timetable.service.last_runs import last_runs
from rallypoint.features.timetable.texts import MISFIRES, STATES, WENT
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Job, Schedule
from rallypoint.kernel.jobs.schedules import Listed
from rallypoint.kernel.people import Asker
from rallypoint.ui.web import forms, tables
from rallypoint.ui.web.forms import Form, Picks
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.live_part import LivePart, id_of
from rallypoint.ui.web.page import ManagedPage
from rallypoint.ui.web.rights import number
from rallypoint.ui.web.tables import Action, Column, Filter, Table

from .asked import CONFIG, Asked, asked_of, field_of, offered
from .rows import ran, row_of

COLUMNS = (
    Column(N_("Name")),
    Column(N_("When")),
    Column(N_("Next")),
    Column(N_("Last")),
    Column(N_("Went well"), "number"),
    Column(N_("Last runs")),
    Column(""),
)
RUN_COLUMNS = (
    Column(N_("Due")),
    Column(N_("Begun")),
    Column(N_("Took"), "number"),
    Column(N_("How it went")),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Which page it is, whose schedules, and what who looks may do with them."""

    page: ManagedPage
    by: Asker
    guild_id: GuildId | None
    may_run: bool
    may_change: bool

    def path(self, *parts: object) -> str:
        return self.page.path("schedules", *parts)


class Book:
    def __init__(self, parts: Parts, place: Callable[[Any], Place]) -> None:
        self._parts = parts
        self._place = place
        self._list = LivePart(parts, kinds=(), audience_of=_asked_for, render=self._listed)
        self._one = LivePart(parts, kinds=(), audience_of=_asked_for, render=self._shown)

    async def listing(self, page: ManagedPage) -> Response:
        there, part = await self._list_of(page)
        filters = _filters(page)
        return page.render(
            "schedules/schedules.html",
            place=self._place(page),
            filters=filters if there else (),
            part=part,
            version=id_of(part),
            query=tables.query(page, filters),
        )

    def live_listing(self, page: ManagedPage) -> Response:
        return self._list.stream(page)

    async def detail(self, page: ManagedPage) -> Response:
        schedule, part = await self._one_of(page)
        return page.render(
            "schedules/schedule.html",
            place=self._place(page),
            schedule=schedule,
            part=part,
            version=id_of(part),
            query=tables.query(page, [_went(page)]),
        )

    async def live_detail(self, page: ManagedPage, id: str) -> Response:
        async with self._parts.sessions() as session:
            await schedules.show(session, _id(id), by=self._place(page).by)
        return self._one.stream(page)

    async def choose(self, page: ManagedPage) -> Response:
        place = self._place(page)
        jobs = offered(self._parts.kinds, of_guild=place.guild_id is not None)
        return page.render("schedules/choose.html", place=place, jobs=jobs)

    async def new(self, page: ManagedPage, kind: str) -> Response:
        place = self._place(page)
        job = self._offered(place, kind)
        zone = await self._zone(place)
        typed = forms.form_of(Asked, {"zone": zone}, picks=_picks(place))
        return self._form(place, _with_config(typed, _config_form(job)), job=job)

    async def create(self, page: ManagedPage, request: Request, kind: str) -> Response:
        place = self._place(page)
        job = self._offered(place, kind)
        form, asked, config = await _sent(request, place, job)
        if asked is None:
            return self._form(place, form, job=job)
        now = self._parts.clock.now()
        try:
            wanted = asked.wanted(kind, config)
            async with self._parts.sessions.begin() as session:
                row = await schedules.add(session, self._parts.kinds, wanted, by=place.by, now=now)
        except Refused as refused:
            return self._form(place, form.blamed(field_of(refused), page.why(refused)), job=job)
        return page.go(place.path(row.id), texts.ADDED)

    async def edit(self, page: ManagedPage, id: str) -> Response:
        place = self._place(page)
        async with self._parts.sessions() as session:
            row = (await schedules.show(session, _id(id), by=place.by)).schedule
        shown = asked_of(row, await self._zone(place)).model_dump(mode="json")
        typed = forms.form_of(Asked, shown, picks=_picks(place))
        job = self._parts.kinds.get(row.kind)
        return self._form(place, _with_config(typed, _config_form(job, row.config)), job, row)

    async def save(self, page: ManagedPage, request: Request, id: str) -> Response:
        place = self._place(page)
        async with self._parts.sessions() as session:
            row = (await schedules.show(session, _id(id), by=place.by)).schedule
        job = self._parts.kinds.get(row.kind)
        form, asked, config = await _sent(request, place, job)
        if asked is None:
            return self._form(place, form, job, row)
        now, zone = self._parts.clock.now(), await self._zone(place)
        try:
            changes = asked.changes(row, job, config, zone)
            async with self._parts.sessions.begin() as session:
                kinds = self._parts.kinds
                await schedules.edit(session, kinds, row.id, changes, by=place.by, now=now)
        except Refused as refused:
            wrong = form.blamed(field_of(refused), page.why(refused))
            return self._form(place, wrong, job, row)
        return page.go(place.path(row.id), texts.SAVED)

    async def turn(self, page: ManagedPage, request: Request, turn: Any, words: str) -> Response:
        place = self._place(page)
        turn = partial(turn, by=place.by, now=self._parts.clock.now())
        named = await tables.turn(request, self._parts.sessions, turn, what="schedule")
        one = named if len(named) == 1 and words != texts.REMOVED else ()
        return page.go(place.path(*one), words if named else tables.NONE_TICKED)

    async def _listed(self, page: ManagedPage) -> str:
        return (await self._list_of(page))[1]

    async def _list_of(self, page: ManagedPage) -> tuple[Sequence[Listed], str]:
        """All there are, and the part of the page that is live."""
        place = self._place(page)
        filters = _filters(page)
        asked, now = tables.values(filters), self._parts.clock.now()
        async with self._parts.sessions() as session:
            there = await _there(session, place)
            found = [each for each in there if _fits(each, asked)]
            bars = await last_runs(session, [each.schedule.id for each in found])
        table = Table(
            caption=page.say(N_("Schedules")),
            columns=COLUMNS,
            rows=[row_of(each, self._parts.kinds, now) for each in found],
            filters=filters,
            actions=_actions(place),
            empty=page.say(N_("Nothing recurs here yet.")),
            hint=page.say(
                N_("An admin can add a schedule here, or in Discord with /schedule add.")
            ),
        )
        return there, page.fragment(
            "schedules/schedules.html", "live", place=place, table=table, bars=bars
        )

    async def _shown(self, page: ManagedPage) -> str:
        return (await self._one_of(page))[1]

    async def _one_of(self, page: ManagedPage) -> tuple[Schedule, str]:
        """The one that the page names, and the part of the page that is live."""
        place, went, before = self._place(page), _went(page), tables.before(page)
        schedule_id, now = _id(page.request.path_params["id"]), self._parts.clock.now()
        async with self._parts.sessions() as session:
            listed = await schedules.show(session, schedule_id, by=place.by)
            runs = await schedules.history(
                session,
                schedule_id,
                by=place.by,
                most=tables.PAGE + 1,
                before=before,
                well=None if not went.value else went.value == "success",
            )
            bars = await last_runs(session, [schedule_id])
        shown = runs[: tables.PAGE]
        table = Table(
            caption=page.say(N_("History")),
            columns=RUN_COLUMNS,
            rows=[ran(each) for each in shown],
            filters=[went] if runs or went.value else (),
            older=tables.older(page, [went], shown[-1].id if len(runs) > len(shown) else None),
            newest=tables.newest(page, [went]),
            empty=page.say(N_("It has not run yet.")),
            hint=page.say(
                N_("Of what runs more often than every ten minutes only what went wrong is listed.")
            ),
        )
        return listed.schedule, page.fragment(
            "schedules/schedule.html",
            "live",
            place=place,
            row=row_of(listed, self._parts.kinds, now),
            table=table,
            bars=bars.get(schedule_id, ()),
        )

    def _offered(self, place: Place, kind: str) -> Job:
        jobs = offered(self._parts.kinds, of_guild=place.guild_id is not None)
        if kind not in jobs:
            raise NotFound("schedule_kind_unknown", kind=kind[:100])
        return jobs[kind]

    async def _zone(self, place: Place) -> str:
        # Of the program: what counts in a server that has set nothing.
        guild_id = place.guild_id or GuildId(0)
        async with self._parts.sessions() as session:
            return (
                await guilds.read(session, "schedules", schedules.ScheduleSettings, guild_id)
            ).zone

    def _form(
        self, place: Place, form: Form[Any], job: Job | None, row: Schedule | None = None
    ) -> Response:
        if row is not None and row.builtin is not None:
            form = Form([each for each in form.fields if each.name != "name"], error=form.error)
        return place.page.render(
            "schedules/form.html",
            status=422 if form.is_wrong else 200,
            place=place,
            form=form,
            words=job.words if job else "",
            schedule=row,
        )


async def _sent(
    request: Request, place: Place, job: Job | None
) -> tuple[Form[Any], Asked | None, Mapping[str, Any]]:
    """The whole form; what it says and what the task is told, if all of it fits."""
    typed = await forms.sent(request, Asked, picks=_picks(place))
    if job is None or job.config is None:
        return _with_config(typed, None), typed.value, {}
    config = await forms.sent(request, job.config, prefix=CONFIG)
    whole = _with_config(typed, config)
    if typed.value is None or config.value is None:
        return whole, None, {}
    return whole, typed.value, config.value.model_dump(mode="json")


async def _there(session: AsyncSession, place: Place) -> Sequence[Listed]:
    if place.guild_id is None:
        return await schedules.of_program(session, by=place.by)
    return await schedules.listing(session, by=place.by)


def _with_config(typed: Form[Asked], config: Form[Any] | None) -> Form[Any]:
    return Form([*typed.fields, *(config.fields if config else ())])


def _config_form(job: Job | None, config: Mapping[str, Any] | None = None) -> Form[Any] | None:
    if job is None or job.config is None:
        return None
    return forms.form_of(job.config, config, prefix=CONFIG)


def _picks(place: Place) -> Picks:
    words = [(value, place.page.say(said)) for value, said in MISFIRES]
    return {**forms.picks_of(None), "misfire": words}


def _actions(place: Place) -> Sequence[Action]:
    if not place.may_run:
        return ()
    actions = [
        Action(place.path("pause"), N_("Pause")),
        Action(place.path("resume"), N_("Resume")),
        Action(place.path("run"), N_("Run now")),
    ]
    if place.may_change:
        confirm = N_("Delete them? Their history stays.")
        actions.append(Action(place.path("delete"), N_("Delete"), look="bad", confirm=confirm))
    return actions


def _fits(each: Listed, asked: Mapping[str, str]) -> bool:
    row = each.schedule
    is_asked_for = asked["active"] in ("", "true" if row.active else "false")
    return is_asked_for and asked["name"].casefold() in row.name.casefold()


def _filters(page: ManagedPage) -> Sequence[Filter]:
    return [
        Filter("active", N_("State"), STATES).read(page),
        Filter("name", N_("Name")).read(page),
    ]


def _went(page: ManagedPage) -> Filter:
    return Filter("went", N_("How it went"), WENT).read(page)


def _asked_for(page: ManagedPage) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Those who look at the same, with the same filters."""
    asked = sorted(each for each in page.request.query_params.items() if each[0] != "v")
    return str(page.request.path_params.get("id", "")), tuple(asked)


def _id(text: str) -> int:
    return number(text, unknown="schedule_unknown", schedule=text)
