from __future__ import annotations

from pathlib import Path

from fastapi import Response

from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin
from rallypoint.ui.web.sections import Section

from .examination import examine

TEMPLATES = Path(__file__).parents[1] / "templates"


def section(parts: Parts) -> Section:
    section = Section("doctor", N_("Doctor"), role=Role.ADMIN, place=95, templates=TEMPLATES)

    async def show(page: ForAdmin) -> Response:
        async with parts.sessions() as session:
            findings = await examine(session, parts.discord, page.guild_id, needed=parts.needed)
        bot_id = parts.discord.bot_id
        invite = parts.invite(bot_id) if bot_id else ""
        return page.render("doctor/doctor.html", findings=findings, invite=invite)

    section.get("", show)
    return section
