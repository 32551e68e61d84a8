from __future__ import annotations

from pathlib import Path

from fastapi import Response

from rallypoint.features.boards import texts
from rallypoint.features.boards.service import closing
from rallypoint.features.boards.service.voice import Board, board
from rallypoint.features.presence import api as presence
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Permission, Role
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.live_part import LivePart, id_of
from rallypoint.ui.web.page import ForOrganiser, ForViewer, GuildPage
from rallypoint.ui.web.rights import Id, number
from rallypoint.ui.web.sections import Section

MOST_KEPT = 32
"""Boards, as they were rendered last."""
TEMPLATES = Path(__file__).parents[1] / "templates"
KINDS = tuple(
    each.kind
    for each in (
        *(presence.Joined, presence.Left, presence.Moved, presence.Activated, presence.Emptied),
        *(presence.Synced, rooms.Opened, rooms.Closed),
    )
)


def section(parts: Parts) -> Section:
    section = Section("voice", N_("Voice now"), role=Role.VIEWER, place=20, templates=TEMPLATES)
    page = _Voice(parts)
    section.get("", page.show)
    section.get("/live", page.live)
    section.post("/{id}/close", page.close)
    section.post("/{id}/hold", page.hold)
    section.post("/{id}/release", page.release)
    return section


class _Voice:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rendered: dict[tuple[GuildId, str, bool, Board], tuple[str, str]] = {}
        self._live = LivePart(parts, kinds=KINDS, audience_of=self._seen, render=self._part)

    async def show(self, page: ForViewer) -> Response:
        part, version = await self._render(page)
        return page.render("voice/voice.html", part=part, version=version)

    async def live(self, page: ForViewer) -> Response:
        return self._live.stream(page)

    async def close(self, page: ForOrganiser, id: Id) -> Response:
        gone = await closing.close(self._parts, _room(id), actor=page.actor)
        return page.go(page.path("voice"), texts.CLOSED if gone else texts.CLOSES)

    async def hold(self, page: ForOrganiser, id: Id) -> Response:
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await rooms.hold(session, _room(id), actor=page.actor, now=now)
        return page.go(page.path("voice"), texts.HELD)

    async def release(self, page: ForOrganiser, id: Id) -> Response:
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await rooms.release(session, _room(id), actor=page.actor, now=now)
        return page.go(page.path("voice"), texts.RELEASED)

    async def _part(self, page: GuildPage) -> str:
        part, _ = await self._render(page)
        return part

    async def _render(self, page: GuildPage) -> tuple[str, str]:
        """The board, and what it is called."""
        look = self._parts.discord.look(page.guild_id)
        async with self._parts.sessions() as session:
            shown: Board = await board(
                session, self._parts.discord, page.guild_id, look, seen=self._seen(page)
            )
        # Many look at the same, and to render fifty rooms takes ten times as long as to look after them.
        key = (page.guild_id, page.language, page.is_organiser, shown)
        if key not in self._rendered:
            part = page.fragment("voice/voice.html", "live", board=shown)
            self._rendered[key] = part, id_of(part)
            while len(self._rendered) > MOST_KEPT:
                del self._rendered[next(iter(self._rendered))]
        return self._rendered[key]

    def _seen(self, page: GuildPage) -> frozenset[ChannelId] | None:
        """The voice channels that they may see; None: all."""
        who = page.actor
        if who.may(Permission.ADMINISTRATOR) or page.look is None:
            return None
        found = set()
        for each in page.look.channels:
            if each.kind == "voice":
                held = self._parts.discord.member_permissions(
                    who.guild_id, each.id, who.user_id, who.roles
                )
                if held is not None and Permission.VIEW_CHANNEL in held:
                    found.add(each.id)
        return frozenset(found)


def _room(text: str) -> int:
    return number(text, unknown="room_unknown")
