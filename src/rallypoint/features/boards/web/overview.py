from __future__ import annotations

from pathlib import Path

from fastapi import Response

from rallypoint.features.boards.service.overview import overview
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Permission, Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.live_part import LivePart, id_of
from rallypoint.ui.web.page import ForViewer, GuildPage
from rallypoint.ui.web.sections import Section

TEMPLATES = Path(__file__).parents[1] / "templates"
KINDS = (presence.Activated.kind, presence.Emptied.kind, rooms.Opened.kind, rooms.Closed.kind)


def section(parts: Parts) -> Section:
    section = Section("overview", N_("Overview"), role=Role.VIEWER, place=10, templates=TEMPLATES)
    page = _Overview(parts)
    section.get("", page.show)
    section.get("/live", page.live)
    return section


class _Overview:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._live = LivePart(parts, kinds=KINDS, audience_of=lambda _: None, render=self._render)

    async def show(self, page: ForViewer) -> Response:
        part = await self._render(page)
        return page.render("overview/guild.html", part=part, version=id_of(part))

    async def live(self, page: ForViewer) -> Response:
        return self._live.stream(page)

    async def _render(self, page: GuildPage) -> str:
        async with self._parts.sessions() as session:
            shown = await overview(session, page.guild_id, now=self._parts.clock.now())
        return page.fragment(
            "overview/guild.html",
            "live",
            overview=shown,
            connected=self._parts.discord.connected,
            missing=self._missing(page),
            invite=self._invite(),
        )

    def _missing(self, page: GuildPage) -> str:
        held = self._parts.discord.bot_permissions(page.guild_id)
        if held is None or Permission.ADMINISTRATOR in held:
            return ""
        return (self._parts.needed & ~held).words

    def _invite(self) -> str:
        bot_id = self._parts.discord.bot_id
        return self._parts.invite(bot_id) if bot_id else ""
