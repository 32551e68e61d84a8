"""The lanes on the dashboard, for who runs the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from rallypoint.features.sessions import api as sessions
from rallypoint.kernel.feature import Parts
from rallypoint.ui.web import forms
from rallypoint.ui.web.forms import Form
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForOperator
from rallypoint.ui.web.sections import Section

from . import service, texts

TEMPLATES = Path(__file__).parent / "templates"


class NewLane(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        default="",
        title=N_("Name"),
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        max_length=32,
        description=N_("What members choose it by: small letters, digits, - and _"),
    )
    capacity: int = Field(
        default=1,
        title=N_("Capacity"),
        ge=1,
        le=1000,
        description=N_("Sessions it has room for, over all servers"),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    name: str
    capacity: int
    held: int
    waiting: int


def section(parts: Parts) -> Section:
    section = Section("lanes", N_("Session lanes"), role="operator", place=20, templates=TEMPLATES)
    page = _Lanes(parts)
    section.get("", page.show)
    section.post("", page.add)
    section.post("/reset", page.reset)
    section.post("/{name}", page.change)
    section.post("/{name}/remove", page.remove)
    return section


class _Lanes:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._environment = parts.settings.sessions_lanes

    async def show(self, page: ForOperator) -> Response:
        return await self._page(page, forms.form_of(NewLane))

    async def add(self, page: ForOperator, request: Request) -> Response:
        form = await forms.sent(request, NewLane)
        if form.value is None:
            return await self._page(page, form)
        return await self._put(page, form.value.name, form.value.capacity, is_new=True)

    async def change(self, page: ForOperator, request: Request, name: str) -> Response:
        async with request.form(max_files=0, max_fields=10) as typed:
            capacity = str(typed.get("capacity", ""))
        return await self._put(page, name, capacity, is_new=False)

    async def remove(self, page: ForOperator, name: str) -> Response:
        async with self._parts.sessions.begin() as session:
            await service.remove(
                session,
                name,
                environment=self._environment,
                by=page.operator,
                now=self._parts.clock.now(),
            )
        return page.go(page.path("lanes"), texts.REMOVED)

    async def reset(self, page: ForOperator) -> Response:
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await service.reset(session, environment=self._environment, by=page.operator, now=now)
        return page.go(page.path("lanes"), texts.RESET)

    async def _put(
        self, page: ForOperator, name: str, capacity: object, *, is_new: bool
    ) -> Response:
        async with self._parts.sessions.begin() as session:
            await service.put(
                session,
                name,
                capacity,
                is_new=is_new,
                environment=self._environment,
                by=page.operator,
                now=self._parts.clock.now(),
            )
        return page.go(page.path("lanes"), texts.SAVED)

    async def _page(self, page: ForOperator, form: Form[NewLane]) -> Response:
        async with self._parts.sessions() as session:
            lanes = [
                Shown(lane.name, lane.capacity, held, waiting)
                for lane, held, waiting in await sessions.overview(session)
            ]
            is_set = await service.chosen(session) is not None
        return page.render(
            "lanes/lanes.html",
            status=422 if form.is_wrong else 200,
            lanes=lanes,
            is_set=is_set,
            is_on=self._parts.settings.sessions_enabled,
            form=form,
        )
