"""Lobbies: added, removed, and how the rooms of one differ from the server's."""

from __future__ import annotations

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.boards import texts
from rallypoint.features.boards.service.lobbies import free_channels
from rallypoint.features.lobbies import api as lobbies
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, ForOrganiser, GuildPage
from rallypoint.ui.web.rights import LARGEST, Id, number
from rallypoint.ui.web.settings import Topic

from .sheets import Topics, Typed, Wrong

TOPICS = (
    Topic(
        "inside",
        N_("What a room is like"),
        ["rooms.template", "rooms.user_limit", "rooms.bitrate"],
    ),
    Topic("places", N_("Where rooms appear"), ["rooms.category", "rooms.overflow"]),
    Topic(
        "ends",
        N_("How long they stay"),
        ["rooms.empty_after", "rooms.idle_after", "rooms.max_age"],
    ),
    Topic("owners", N_("What owners may do"), ["rooms.powers_off", "rooms.panel"]),
)


class Lobbies:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._topics = Topics(parts, TOPICS)

    async def add(self, page: ForAdmin, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=10) as typed:
            given = str(typed.get("channel", ""))
        known = given.isascii() and given.isdecimal() and len(given) < 20
        channel_id = ChannelId(min(int(given), LARGEST) if known else 0)
        async with self._parts.sessions.begin() as session:
            if channel_id not in await free_channels(session, page.guild_id, page.look):
                raise NotFound("lobby_impossible")
            now = self._parts.clock.now()
            await lobbies.add_lobby(session, channel_id, actor=page.actor, now=now)
        return page.go(page.path("rooms", "lobbies", channel_id), texts.LOBBY_ADDED)

    async def remove(self, page: ForAdmin, id: Id) -> Response:
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await lobbies.remove_lobby(session, _id(id), actor=page.actor, now=now)
        return page.go(page.path("rooms"), texts.LOBBY_REMOVED)

    async def show(self, page: ForOrganiser, id: Id) -> Response:
        async with self._parts.sessions() as session:
            return await self._page(page, session, _id(id))

    async def save(self, page: ForAdmin, id: Id, request: Request) -> Response:
        lobby_id = _id(id)
        async with self._parts.sessions.begin() as session:
            await _check(session, page, lobby_id)
            typed, wrong = await self._topics.save(session, page, request, lobby_id)
            if wrong:
                return await self._page(page, session, lobby_id, typed=typed, wrong=wrong)
        return page.go(page.path("rooms", "lobbies", lobby_id), texts.SAVED)

    async def reset(self, page: ForAdmin, id: Id, key: str) -> Response:
        lobby_id = _id(id)
        async with self._parts.sessions.begin() as session:
            await _check(session, page, lobby_id)
            await self._topics.reset(session, page, key, lobby_id)
        path = page.path("rooms", "lobbies", lobby_id)
        return page.go(f"{path}#{key.replace('.', '-')}", texts.RESET)

    async def _page(
        self,
        page: GuildPage,
        session: AsyncSession,
        lobby_id: ChannelId,
        *,
        typed: Typed | None = None,
        wrong: Wrong | None = None,
    ) -> Response:
        await _check(session, page, lobby_id)
        return page.render(
            "rooms/lobby.html",
            status=422 if wrong else 200,
            groups=await self._topics.groups(session, page, lobby_id, typed=typed, wrong=wrong),
            wrong=wrong,
            lobby_id=lobby_id,
            name=page.channel(lobby_id),
        )


async def _check(session: AsyncSession, page: GuildPage, lobby_id: ChannelId) -> None:
    if lobby_id not in (await rooms.settings_of(session, page.guild_id)).lobbies:
        raise NotFound("lobby_unknown")


def _id(text: str) -> ChannelId:
    return ChannelId(number(text, unknown="lobby_unknown"))
