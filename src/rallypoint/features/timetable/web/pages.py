"""Schedules on the dashboard: those of a server, and those of the program."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request, Response

from rallypoint.features.schedules import api as schedules
from rallypoint.features.timetable import texts
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import (
    ForAdmin,
    ForOperator,
    ForOrganiser,
    ForViewer,
    GuildPage,
    ProgramPage,
)
from rallypoint.ui.web.rights import Id
from rallypoint.ui.web.sections import Section

from .book import Book, Place

TEMPLATES = Path(__file__).parents[1] / "templates"


def section(parts: Parts) -> Section:
    section = Section("schedules", N_("Schedules"), role=Role.VIEWER, place=40, templates=TEMPLATES)
    _add(section, _OfGuild(parts))
    return section


def program_section(parts: Parts) -> Section:
    section = Section("schedules", N_("Schedules"), role="operator", place=20, templates=TEMPLATES)
    _add(section, _OfProgram(parts))
    return section


def _add(section: Section, pages: _OfGuild | _OfProgram) -> None:
    section.get("", pages.show)
    section.get("/live", pages.live)
    section.get("/new", pages.choose)
    section.get("/new/{kind}", pages.new)
    section.post("/new/{kind}", pages.create)
    section.post("/pause", pages.pause)
    section.post("/resume", pages.resume)
    section.post("/run", pages.run)
    section.post("/delete", pages.delete)
    section.get("/{id}", pages.detail)
    section.get("/{id}/live", pages.live_detail)
    section.get("/{id}/edit", pages.edit)
    section.post("/{id}/edit", pages.save)


def _in_guild(page: GuildPage) -> Place:
    return Place(page, page.actor, page.guild_id, page.is_organiser, page.is_admin)


def _in_program(page: ProgramPage) -> Place:
    return Place(page, page.operator, None, may_run=True, may_change=True)


class _OfGuild:
    def __init__(self, parts: Parts) -> None:
        self._book = Book(parts, _in_guild)

    async def show(self, page: ForViewer) -> Response:
        return await self._book.listing(page)

    async def live(self, page: ForViewer) -> Response:
        return self._book.live_listing(page)

    async def detail(self, page: ForViewer, id: Id) -> Response:
        return await self._book.detail(page)

    async def live_detail(self, page: ForViewer, id: Id) -> Response:
        return await self._book.live_detail(page, id)

    async def choose(self, page: ForAdmin) -> Response:
        return await self._book.choose(page)

    async def new(self, page: ForAdmin, kind: str) -> Response:
        return await self._book.new(page, kind)

    async def create(self, page: ForAdmin, request: Request, kind: str) -> Response:
        return await self._book.create(page, request, kind)

    async def edit(self, page: ForAdmin, id: Id) -> Response:
        return await self._book.edit(page, id)

    async def save(self, page: ForAdmin, request: Request, id: Id) -> Response:
        return await self._book.save(page, request, id)

    async def pause(self, page: ForOrganiser, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.pause, texts.PAUSED)

    async def resume(self, page: ForOrganiser, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.resume, texts.RESUMED)

    async def run(self, page: ForOrganiser, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.run_now, texts.RUN)

    async def delete(self, page: ForAdmin, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.remove, texts.REMOVED)


class _OfProgram:
    def __init__(self, parts: Parts) -> None:
        self._book = Book(parts, _in_program)

    async def show(self, page: ForOperator) -> Response:
        return await self._book.listing(page)

    async def live(self, page: ForOperator) -> Response:
        return self._book.live_listing(page)

    async def detail(self, page: ForOperator, id: Id) -> Response:
        return await self._book.detail(page)

    async def live_detail(self, page: ForOperator, id: Id) -> Response:
        return await self._book.live_detail(page, id)

    async def choose(self, page: ForOperator) -> Response:
        return await self._book.choose(page)

    async def new(self, page: ForOperator, kind: str) -> Response:
        return await self._book.new(page, kind)

    async def create(self, page: ForOperator, request: Request, kind: str) -> Response:
        return await self._book.create(page, request, kind)

    async def edit(self, page: ForOperator, id: Id) -> Response:
        return await self._book.edit(page, id)

    async def save(self, page: ForOperator, request: Request, id: Id) -> Response:
        return await self._book.save(page, request, id)

    async def pause(self, page: ForOperator, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.pause, texts.PAUSED)

    async def resume(self, page: ForOperator, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.resume, texts.RESUMED)

    async def run(self, page: ForOperator, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.run_now, texts.RUN)

    async def delete(self, page: ForOperator, request: Request) -> Response:
        return await self._book.turn(page, request, schedules.remove, texts.REMOVED)
