"""What programs send with an `Idempotency-Key`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts import api as accounts
from rallypoint.kernel.db import outages
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class Repeats:
    """Implements `adapters.http.site.Repeats`."""

    parts: Parts

    async def claim(self, user_id: UserId, key: str, request: bytes) -> accounts.Run | bytes:
        now = self.parts.clock.now()
        async with self._session() as session:
            return await accounts.claim_request(
                session, key, user_id=user_id, request=request, now=now
            )

    async def keep(self, run: accounts.Run, answer: bytes) -> None:
        async with self._session() as session:
            await accounts.keep_answer(session, run, answer, now=self.parts.clock.now())

    async def give_back(self, run: accounts.Run) -> None:
        async with self._session() as session:
            await accounts.give_back_request(session, run)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        with outages():
            async with self.parts.sessions.begin() as session:
                yield session
