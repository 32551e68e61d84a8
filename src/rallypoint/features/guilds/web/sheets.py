"""The page of all there is to set, of whatever place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from rallypoint.features.guilds import rules, texts
from rallypoint.features.guilds.rules import Origin, Shown
from rallypoint.features.guilds.service import changing
from rallypoint.features.guilds.service.settings import show
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Asker
from rallypoint.kernel.ports import GuildLook
from rallypoint.ui.web import forms, settings
from rallypoint.ui.web.forms import Field
from rallypoint.ui.web.page import ManagedPage
from rallypoint.ui.web.settings import Sheet

TEMPLATES = Path(__file__).parents[1] / "templates"


@dataclass(frozen=True, slots=True)
class Place:
    """Which page it is, and whose settings."""

    page: ManagedPage
    by: Asker
    guild_id: GuildId | None = None
    look: GuildLook | None = None

    @property
    def level(self) -> Origin:
        return rules.level_of(self.guild_id, None)

    @property
    def path(self) -> str:
        return self.page.path("settings")


class Sheets:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def shown(self, place: Place) -> Response:
        async with self._parts.sessions() as session:
            return await self._page(place, session)

    async def saved(self, place: Place, request: Request) -> Response:
        async with self._parts.sessions.begin() as session:
            counting = await show(session, self._parts.models, place.guild_id)
            typed = await self._sheet(place, counting).typed(request)
            wrong = await changing.change(
                session,
                self._parts.models,
                settings.raw(typed),
                by=place.by,
                now=self._parts.clock.now(),
                guild_id=place.guild_id,
            )
            if wrong:
                return await self._page(place, session, typed=typed, wrong=wrong)
        return place.page.go(place.path, texts.SAVED)

    async def went_back(self, place: Place, key: str) -> Response:
        async with self._parts.sessions.begin() as session:
            await changing.go_back(
                session,
                self._parts.models,
                key,
                by=place.by,
                now=self._parts.clock.now(),
                guild_id=place.guild_id,
            )
        return place.page.go(f"{place.path}#{key.replace('.', '-')}", texts.RESET)

    async def exported(self, place: Place) -> Response:
        async with self._parts.sessions() as session:
            told = await changing.bundle(session, self._parts.models, place.guild_id)
        name = f"rallypoint-settings-{place.guild_id or 'program'}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        body = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        return Response(body, media_type="application/json", headers=headers)

    async def taken_in(self, place: Place, request: Request) -> Response:
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
                by=place.by,
                now=self._parts.clock.now(),
                guild_id=place.guild_id,
            )
        return place.page.go(place.path, texts.TAKEN_IN, count=count)

    def _sheet(self, place: Place, counting: list[Shown]) -> Sheet:
        """For the whole program without what names things of one server, unless somebody has set it so."""
        models = self._parts.models
        set_there = {each.key for each in counting if each.origin == place.level}
        keys = [
            key
            for key in rules.keys_at(models, place.level)
            if place.guild_id or key in set_there or not _names_things(models, key)
        ]
        return Sheet(models, settings.topics_of(models, keys), forms.picks_of(place.look))

    async def _page(
        self,
        place: Place,
        session: AsyncSession,
        *,
        typed: Mapping[str, Field] | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> Response:
        counting = await show(session, self._parts.models, place.guild_id)
        groups = self._sheet(place, counting).groups(counting, typed=typed, wrong=wrong)
        return place.page.render(
            "settings/settings.html",
            status=422 if wrong else 200,
            groups=groups,
            wrong=wrong,
            own=place.level,
        )


def _names_things(models: rules.Models, key: str) -> bool:
    feature, _, name = key.partition(".")
    extra = models[feature].model_fields[name].json_schema_extra
    return isinstance(extra, dict) and extra.get("pick") in forms.OF_GUILD
