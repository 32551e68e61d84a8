"""Who stands at the dashboard's door: people by their tokens, with the rights that Discord gives them."""

from __future__ import annotations

from dataclasses import dataclass

from rallypoint.features.accounts import api as accounts
from rallypoint.kernel.db import outages
from rallypoint.kernel.feature import Parts, Sessions
from rallypoint.kernel.people import Caller


@dataclass(frozen=True, slots=True)
class Door:
    parts: Parts
    reading: Sessions

    async def caller_of(self, text: str) -> Caller | None:
        with outages():
            return await self._known(text)

    async def _known(self, text: str) -> Caller | None:
        now = self.parts.clock.now()
        async with self.reading() as session:
            known = await accounts.authenticate(session, text, now=now)
        if known is None:
            return None
        if not known.is_noted:
            async with self.parts.sessions.begin() as session:
                await accounts.note_use(session, known.token_id, now=now)
        return known.caller
