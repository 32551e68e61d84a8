"""How rooms work on a server, and who may make none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.boards import texts
from rallypoint.features.boards.service import bars, lobbies
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, ForOrganiser, GuildPage
from rallypoint.ui.web.rights import Id, number
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.settings import Topic

from .lobbies import Lobbies
from .sheets import Topics, Typed, Wrong

TEMPLATES = Path(__file__).parents[1] / "templates"
TOPICS = (
    Topic(
        "places",
        N_("Where rooms appear"),
        ["rooms.category", "rooms.overflow", "rooms.log_channel"],
    ),
    Topic(
        "ends",
        N_("How long they stay"),
        ["rooms.empty_after", "rooms.idle_after", "rooms.max_age"],
    ),
    Topic(
        "opening",
        N_("Who opens rooms, and how many"),
        ["rooms.may_open", "rooms.most_open", "rooms.most_an_hour", "rooms.most_of_guild"],
    ),
    Topic(
        "inside",
        N_("What a room is like"),
        ["rooms.user_limit", "rooms.bitrate", "rooms.private_others"],
    ),
    Topic("owners", N_("What owners may do"), ["rooms.powers_off", "rooms.panel"]),
    Topic(
        "names",
        N_("What rooms are called"),
        ["rooms.template", "rooms.longest_name", "rooms.forbidden_words"],
    ),
)


def section(parts: Parts) -> Section:
    section = Section("rooms", N_("Rooms"), role=Role.ORGANISER, place=30, templates=TEMPLATES)
    page, of_lobby = _Rooms(parts), Lobbies(parts)
    section.get("", page.show)
    section.post("", page.save)
    section.post("/reset/{key}", page.reset)
    section.post("/bars/{id}/lift", page.lift)
    section.post("/lobbies", of_lobby.add)
    section.get("/lobbies/{id}", of_lobby.show)
    section.post("/lobbies/{id}", of_lobby.save)
    section.post("/lobbies/{id}/remove", of_lobby.remove)
    section.post("/lobbies/{id}/reset/{key}", of_lobby.reset)
    return section


class _Rooms:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._topics = Topics(parts, TOPICS)

    async def show(self, page: ForOrganiser) -> Response:
        barred = await bars.barred(self._parts, page.guild_id)
        async with self._parts.sessions() as session:
            return await self._page(page, session, barred)

    async def save(self, page: ForAdmin, request: Request) -> Response:
        barred = await bars.barred(self._parts, page.guild_id)
        async with self._parts.sessions.begin() as session:
            typed, wrong = await self._topics.save(session, page, request)
            if wrong:
                return await self._page(page, session, barred, typed=typed, wrong=wrong)
        return page.go(page.path("rooms"), texts.SAVED)

    async def reset(self, page: ForAdmin, key: str) -> Response:
        async with self._parts.sessions.begin() as session:
            await self._topics.reset(session, page, key)
        return page.go(f"{page.path('rooms')}#{key.replace('.', '-')}", texts.RESET)

    async def lift(self, page: ForOrganiser, id: Id) -> Response:
        """Whoever is not barred stays so."""
        who, now = UserId(number(id, unknown="member_unknown")), self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await rooms.bar(session, who, on=False, actor=page.actor, now=now)
        return page.go(page.path("rooms"), texts.LIFTED)

    async def _page(
        self,
        page: GuildPage,
        session: AsyncSession,
        barred: Sequence[bars.Barred],
        *,
        typed: Typed | None = None,
        wrong: Wrong | None = None,
    ) -> Response:
        guild_id, look = page.guild_id, page.look
        discord = self._parts.discord
        return page.render(
            "rooms/rooms.html",
            status=422 if wrong else 200,
            groups=await self._topics.groups(session, page, typed=typed, wrong=wrong),
            wrong=wrong,
            lobbies=await lobbies.lobbies(session, discord, guild_id, look),
            free=[
                (each, page.channel(each))
                for each in await lobbies.free_channels(session, guild_id, look)
            ],
            barred=barred,
        )
