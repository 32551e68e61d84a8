"""Of one server, and of the whole program."""

from __future__ import annotations

from fastapi import Request, Response

from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, ForOperator
from rallypoint.ui.web.sections import Section

from .sheets import TEMPLATES, Place, Sheets


def section(parts: Parts) -> Section:
    section = Section("settings", N_("Settings"), role=Role.ADMIN, place=80, templates=TEMPLATES)
    _add(section, _OfGuild(parts))
    return section


def program_section(parts: Parts) -> Section:
    section = Section("settings", N_("Settings"), role="operator", place=10, templates=TEMPLATES)
    _add(section, _OfProgram(parts))
    return section


def _add(section: Section, pages: _OfGuild | _OfProgram) -> None:
    section.get("", pages.show)
    section.post("", pages.save)
    section.post("/reset/{key}", pages.reset)
    section.get("/export", pages.export)
    section.post("/import", pages.take_in)


class _OfGuild(Sheets):
    async def show(self, page: ForAdmin) -> Response:
        return await self.shown(_guild(page))

    async def save(self, page: ForAdmin, request: Request) -> Response:
        return await self.saved(_guild(page), request)

    async def reset(self, page: ForAdmin, key: str) -> Response:
        return await self.went_back(_guild(page), key)

    async def export(self, page: ForAdmin) -> Response:
        return await self.exported(_guild(page))

    async def take_in(self, page: ForAdmin, request: Request) -> Response:
        return await self.taken_in(_guild(page), request)


class _OfProgram(Sheets):
    async def show(self, page: ForOperator) -> Response:
        return await self.shown(Place(page, page.operator))

    async def save(self, page: ForOperator, request: Request) -> Response:
        return await self.saved(Place(page, page.operator), request)

    async def reset(self, page: ForOperator, key: str) -> Response:
        return await self.went_back(Place(page, page.operator), key)

    async def export(self, page: ForOperator) -> Response:
        return await self.exported(Place(page, page.operator))

    async def take_in(self, page: ForOperator, request: Request) -> Response:
        return await self.taken_in(Place(page, page.operator), request)


def _guild(page: ForAdmin) -> Place:
    return Place(page, page.actor, page.guild_id, page.look)
