"""Some of a server's settings, or of one of its lobbies, on a page that is about what they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId
from rallypoint.ui.web import forms, settings
from rallypoint.ui.web.forms import Field
from rallypoint.ui.web.page import GuildPage
from rallypoint.ui.web.settings import Group, Sheet, Topic

Typed = Mapping[str, Field]
Wrong = Mapping[str, str]


class Topics:
    def __init__(self, parts: Parts, topics: Sequence[Topic]) -> None:
        self._parts = parts
        self._topics = topics

    async def groups(
        self,
        session: AsyncSession,
        page: GuildPage,
        channel_id: ChannelId | None = None,
        *,
        typed: Typed | None = None,
        wrong: Wrong | None = None,
    ) -> list[Group]:
        counting = await guilds.show(session, self._parts.models, page.guild_id, channel_id)
        return self._sheet(page).groups(counting, typed=typed, wrong=wrong)

    async def save(
        self,
        session: AsyncSession,
        page: GuildPage,
        request: Request,
        channel_id: ChannelId | None = None,
    ) -> tuple[Typed, Wrong]:
        """What was typed, and what of it was not taken: then nothing is saved."""
        typed = await self._sheet(page).typed(request)
        given = settings.raw(typed)
        wrong = await guilds.change(
            session, self._parts.models, given, channel_id=channel_id, **self._by(page)
        )
        return typed, wrong

    async def reset(
        self,
        session: AsyncSession,
        page: GuildPage,
        key: str,
        channel_id: ChannelId | None = None,
    ) -> None:
        await guilds.go_back(
            session, self._parts.models, key, channel_id=channel_id, **self._by(page)
        )

    def _by(self, page: GuildPage) -> dict[str, Any]:
        return {"by": page.actor, "now": self._parts.clock.now(), "guild_id": page.guild_id}

    def _sheet(self, page: GuildPage) -> Sheet:
        return Sheet(self._parts.models, self._topics, forms.picks_of(page.look))
