from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from rallypoint.features.guilds import texts
from rallypoint.features.guilds.rules import Origin, Shown
from rallypoint.features.guilds.service import changing
from rallypoint.features.guilds.service.settings import show
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web import forms
from rallypoint.ui.web.forms import Field
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, GuildPage
from rallypoint.ui.web.sections import Section

TEMPLATES = Path(__file__).parents[1] / "templates"
TITLES: Mapping[str, str] = {
    "rooms": N_("Rooms"),
    "sessions": N_("Personal sessions"),
    "presence": N_("Voice record"),
    "schedules": N_("Schedules"),
    "guilds": N_("People and records"),
    "upkeep": N_("Housekeeping"),
}
"""Of the features, in the order in which they are shown; those that are not named come behind."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A field, and where its value comes from."""

    field: Field
    origin: Origin


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    title: str
    settings: Sequence[Setting]


def section(parts: Parts) -> Section:
    section = Section("settings", N_("Settings"), role=Role.ADMIN, place=80, templates=TEMPLATES)
    page = _Settings(parts)
    section.get("", page.show)
    section.post("", page.save)
    section.post("/reset/{key}", page.reset)
    section.get("/export", page.export)
    section.post("/import", page.take_in)
    return section


class _Settings:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, page: ForAdmin) -> Response:
        async with self._parts.sessions() as session:
            return await self._page(page, session)

    async def save(self, page: ForAdmin, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=1000) as typed:
            fields = {
                each.name: forms.with_typed(each, typed)
                for form in self._forms(page, {}).values()
                for each in form.fields
                if each.name in typed
            }
        given = {name: forms.raw(each) for name, each in fields.items()}
        async with self._parts.sessions.begin() as session:
            wrong = await changing.change(
                session,
                self._parts.models,
                given,
                by=page.actor,
                now=self._parts.clock.now(),
                guild_id=page.guild_id,
            )
            if wrong:
                return await self._page(page, session, typed=fields, wrong=wrong)
        return page.go(page.path("settings"), texts.SAVED)

    async def reset(self, page: ForAdmin, key: str) -> Response:
        async with self._parts.sessions.begin() as session:
            await changing.go_back(
                session,
                self._parts.models,
                key,
                by=page.actor,
                now=self._parts.clock.now(),
                guild_id=page.guild_id,
            )
        return page.go(f"{page.path('settings')}#{key.replace('.', '-')}", texts.RESET)

    async def export(self, page: ForAdmin) -> Response:
        async with self._parts.sessions() as session:
            told = await changing.bundle(session, self._parts.models, page.guild_id)
        name = f'attachment; filename="rallypoint-settings-{page.guild_id}.json"'
        body = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        headers = {"Content-Disposition": name}
        return Response(body, media_type="application/json", headers=headers)

    async def take_in(self, page: ForAdmin, request: Request) -> Response:
        async with request.form(max_files=1, max_fields=10) as typed:
            file = typed.get("file")
            body = await file.read() if isinstance(file, UploadFile) else b""
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused("settings_file_invalid") from None
        async with self._parts.sessions.begin() as session:
            count = await changing.take_in(
                session,
                self._parts.models,
                given,
                by=page.actor,
                now=self._parts.clock.now(),
                guild_id=page.guild_id,
            )
        return page.go(page.path("settings"), texts.TAKEN_IN, count=count)

    async def _page(
        self,
        page: GuildPage,
        session: AsyncSession,
        *,
        typed: Mapping[str, Field] | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> Response:
        shown = {each.key: each for each in await show(session, self._parts.models, page.guild_id)}
        groups = self._groups(page, shown, typed or {}, wrong or {})
        return page.render(
            "settings/settings.html", status=422 if wrong else 200, groups=groups, wrong=wrong
        )

    def _forms(self, page: GuildPage, values: Mapping[str, Any]) -> dict[str, forms.Form[Any]]:
        picks = forms.picks_of(page.look)
        names = sorted(self._parts.models, key=lambda name: [*TITLES, name].index(name))
        return {
            name: forms.form_of(
                self._parts.models[name],
                {
                    field: values[f"{name}.{field}"]
                    for field in self._parts.models[name].model_fields
                    if f"{name}.{field}" in values
                },
                picks=picks,
                prefix=f"{name}.",
            )
            for name in names
        }

    def _groups(
        self,
        page: GuildPage,
        shown: Mapping[str, Shown],
        typed: Mapping[str, Field],
        wrong: Mapping[str, str],
    ) -> list[Group]:
        counting = self._forms(page, {key: each.value for key, each in shown.items()})
        return [
            Group(
                name,
                TITLES.get(name, name.replace("_", " ").capitalize()),
                [
                    _setting(
                        replace(
                            typed.get(each.name, each), error=forms.said(wrong.get(each.name, ""))
                        ),
                        shown[each.name],
                    )
                    for each in form.fields
                ],
            )
            for name, form in counting.items()
        ]


def _setting(field: Field, shown: Shown) -> Setting:
    return Setting(field, shown.origin)
