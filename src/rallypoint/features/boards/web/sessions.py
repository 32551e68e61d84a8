"""Personal sessions: how they work on a server, the lanes they take turns in, and who is in one or waits."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.boards import texts
from rallypoint.features.boards.service.lines import waits
from rallypoint.features.sessions import api as sessions
from rallypoint.kernel import durations
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, ForOrganiser, GuildPage
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.settings import Topic
from rallypoint.ui.web.tables import Column, Table

from .sheets import Topics, Typed, Wrong

TEMPLATES = Path(__file__).parents[1] / "templates"
TOPICS = (Topic("sessions", N_("How they end"), ["sessions.owner_leaves"]),)
COLUMNS = (
    Column(N_("Who")),
    Column(N_("Lane")),
    Column(N_("How it stands")),
    Column(N_("Asked for")),
)


def section(parts: Parts) -> Section:
    section = Section(
        "sessions", N_("Sessions"), role=Role.ORGANISER, place=35, templates=TEMPLATES
    )
    page = _Sessions(parts)
    section.get("", page.show)
    section.post("", page.save)
    section.post("/reset/{key}", page.reset)
    return section


class _Sessions:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._topics = Topics(parts, TOPICS)

    async def show(self, page: ForOrganiser) -> Response:
        async with self._parts.sessions() as session:
            return await self._page(page, session)

    async def save(self, page: ForAdmin, request: Request) -> Response:
        async with self._parts.sessions.begin() as session:
            typed, wrong = await self._topics.save(session, page, request)
            if wrong:
                return await self._page(page, session, typed=typed, wrong=wrong)
        return page.go(page.path("sessions"), texts.SAVED)

    async def reset(self, page: ForAdmin, key: str) -> Response:
        async with self._parts.sessions.begin() as session:
            await self._topics.reset(session, page, key)
        return page.go(page.path("sessions"), texts.RESET)

    async def _page(
        self,
        page: GuildPage,
        session: AsyncSession,
        *,
        typed: Typed | None = None,
        wrong: Wrong | None = None,
    ) -> Response:
        settings = self._parts.settings
        table = Table(
            caption=page.say(N_("Sessions and who waits")),
            columns=COLUMNS,
            rows=await waits(session, page.guild_id),
            empty=page.say(N_("Nobody has a session or waits for one.")),
            hint=page.say(N_("A member asks for one with /session start.")),
        )
        return page.render(
            "sessions/sessions.html",
            status=422 if wrong else 200,
            groups=await self._topics.groups(session, page, typed=typed, wrong=wrong),
            wrong=wrong,
            lanes=await sessions.overview(session),
            table=table,
            is_on=settings.sessions_enabled,
            join_timeout=durations.words(settings.sessions_join_timeout),
        )
