"""A server's schedules on the dashboard."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Request, Response

from rallypoint.features.schedules import texts
from rallypoint.features.schedules.service import managing
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs.kinds import Affinity
from rallypoint.kernel.jobs.spoken import WAITED_FOR, when
from rallypoint.kernel.people import Role
from rallypoint.ui.web import tables
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForOrganiser, ForViewer
from rallypoint.ui.web.rights import Id, number
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.tables import Action, Column, Filter, Table

from . import shapes

TEMPLATES = Path(__file__).parents[1] / "templates"
COLUMNS = (
    Column(N_("Name")),
    Column(N_("What")),
    Column(N_("When")),
    Column(N_("Next")),
    Column(N_("Last")),
    Column(""),
)
RUN_COLUMNS = (
    Column(N_("Due")),
    Column(N_("Begun")),
    Column(N_("Took"), "number"),
    Column(N_("How it went")),
)
STATES = (("true", N_("active")), ("false", N_("paused")))


def section(parts: Parts) -> Section:
    section = Section("schedules", N_("Schedules"), role=Role.VIEWER, place=40, templates=TEMPLATES)
    page = _Schedules(parts)
    section.get("", page.show)
    section.post("/pause", page.pause)
    section.post("/resume", page.resume)
    section.post("/run", page.run)
    section.get("/{id}", page.detail)
    return section


class _Schedules:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, page: ForViewer) -> Response:
        filters = [
            Filter("active", N_("State"), STATES).read(page),
            Filter("name", N_("Name")).read(page),
        ]
        wanted = tables.values(filters)
        now = self._parts.clock.now()
        async with self._parts.sessions() as session:
            listed = await managing.listing(session, by=page.actor)
        tasks = [shapes.task(each, self._parts.kinds, now) for each in listed]
        rows = [
            each
            for each in tasks
            if wanted["active"] in ("", "true" if each.is_active else "false")
            and wanted["name"].casefold() in each.name.casefold()
        ]
        actions = [
            Action(page.path("schedules", "pause"), N_("Pause")),
            Action(page.path("schedules", "resume"), N_("Resume")),
            Action(page.path("schedules", "run"), N_("Run now")),
        ]
        table = Table(
            caption=page.say(N_("Schedules")),
            columns=COLUMNS,
            rows=rows,
            filters=filters if listed else (),
            actions=actions if page.is_organiser else (),
            empty=page.say(N_("This server has no schedules yet.")),
            hint=page.say(N_("Make one in Discord with /schedule add, or by the REST interface.")),
        )
        whens = {str(each.schedule.id): when(each.schedule) for each in listed}
        return page.render("schedules/schedules.html", table=table, whens=whens)

    async def detail(self, page: ForViewer, id: Id) -> Response:
        schedule_id, now = _schedule(id), self._parts.clock.now()
        before = tables.before(page)
        async with self._parts.sessions() as session:
            listed = await managing.show(session, schedule_id, by=page.actor)
            runs = await managing.history(
                session, schedule_id, by=page.actor, most=tables.PAGE + 1, before=before
            )
        shown = runs[: tables.PAGE]
        table = Table(
            caption=page.say(N_("History")),
            columns=RUN_COLUMNS,
            rows=[shapes.ran(each) for each in shown],
            older=tables.older(page, (), shown[-1].id if len(runs) > len(shown) else None),
            newest=tables.newest(page, ()),
            empty=page.say(N_("It has not run yet.")),
            hint=page.say(
                N_("Of what runs more often than every ten minutes only what went wrong is listed.")
            ),
        )
        task = shapes.task(listed, self._parts.kinds, now)
        return page.render(
            "schedules/schedule.html",
            task=task,
            table=table,
            when=when(listed.schedule),
            waited_for=WAITED_FOR[Affinity(task.waits_for)] if task.waits_for else "",
        )

    async def pause(self, page: ForOrganiser, request: Request) -> Response:
        return await self._turn(page, request, managing.pause, texts.PAGE_PAUSED)

    async def resume(self, page: ForOrganiser, request: Request) -> Response:
        return await self._turn(page, request, managing.resume, texts.PAGE_RESUMED)

    async def run(self, page: ForOrganiser, request: Request) -> Response:
        return await self._turn(page, request, managing.run_now, texts.PAGE_RUN)

    async def _turn(self, page: ForOrganiser, request: Request, turn: Any, words: str) -> Response:
        turn = partial(turn, by=page.actor, now=self._parts.clock.now())
        named = await tables.turn(request, self._parts.sessions, turn, what="schedule")
        one = named if len(named) == 1 else ()
        return page.go(page.path("schedules", *one), words if named else tables.NONE_TICKED)


def _schedule(text: str) -> int:
    return number(text, unknown="schedule_unknown", schedule=text)
