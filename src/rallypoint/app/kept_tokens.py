"""Discord's tokens of a log-in: kept sealed, and renewed by one, however many processes want that at the same time.

Discord takes a refresh token once. Who would renew claims that in the database first; the others read again until they
find what came of it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial

from rallypoint.adapters.discord.oauth import OAuth, Tokens
from rallypoint.features.accounts import api as accounts
from rallypoint.kernel.clock import Clock
from rallypoint.kernel.errors import Conflict, RallypointError, Refused, Unavailable
from rallypoint.kernel.feature import Sessions
from rallypoint.kernel.jobs.waiting import until_done
from rallypoint.kernel.secrecy import SECRECY
from rallypoint.kernel.vault import CannotOpen, Vault
from rallypoint.kernel.words import Words

SOON = timedelta(minutes=5)
"""Before Discord's token runs out it is renewed."""
LOOK = 0.1
"""Seconds between two looks at what another makes of it."""
PATIENCE = 15.0
"""Seconds: longer than we wait for Discord."""


@dataclass(frozen=True, slots=True)
class _Kept:
    log_in_id: str
    sealed: bytes
    tokens: Tokens
    until: datetime


@dataclass(frozen=True, slots=True)
class KeptTokens:
    sessions: Sessions
    clock: Clock
    vault: Vault
    _renewing: set[asyncio.Task[Tokens]] = field(default_factory=set)

    def sealed(self, log_in_id: str, tokens: Tokens, now: datetime) -> bytes:
        until = now + timedelta(seconds=tokens.seconds)
        told = {**asdict(tokens), "until": until.isoformat()}
        return self.vault.seal(json.dumps(told).encode(), purpose=_purpose(log_in_id), now=now)

    async def good(self, log_in_id: str, oauth: OAuth) -> Tokens:
        """Such as will last a while. Raise Unavailable, or Refused."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE
        while True:
            kept = await self._read(log_in_id)
            if kept.until - self.clock.now() >= SOON:
                return kept.tokens
            if await self._may_renew(kept):
                return await self._apart(kept, oauth)
            if loop.time() > give_up_at:
                raise Unavailable("Somebody else renews these tokens, and does not come to an end")
            await asyncio.sleep(LOOK)

    async def _read(self, log_in_id: str) -> _Kept:
        async with self.sessions() as session:
            sealed = await accounts.sealed_of(session, log_in_id) or b""
        try:
            opened = self.vault.open(sealed, purpose=_purpose(log_in_id), now=self.clock.now())
        except CannotOpen:
            raise Refused("log_in_refused", reason=Words("its tokens cannot be read")) from None
        told = json.loads(opened)
        until = datetime.fromisoformat(told.pop("until"))
        tokens = Tokens(**told)
        SECRECY.remember(tokens.access, tokens.refresh)
        return _Kept(log_in_id, sealed, tokens, until)

    async def _may_renew(self, kept: _Kept) -> bool:
        try:
            async with self.sessions.begin() as session:
                await accounts.claim_renewal(session, kept.sealed, now=self.clock.now())
        except Conflict:
            return False
        return True

    async def _apart(self, kept: _Kept, oauth: OAuth) -> Tokens:
        """Goes on when the request is given up: what Discord gave meanwhile would be lost with it."""
        renewing = asyncio.create_task(self._renew(kept, oauth), name="renewal")
        self._renewing.add(renewing)
        renewing.add_done_callback(self._renewing.discard)
        return await asyncio.shield(renewing)

    async def _renew(self, kept: _Kept, oauth: OAuth) -> Tokens:
        try:
            fresh = await oauth.refresh(kept.tokens)
        except RallypointError:
            async with self.sessions.begin() as session:
                await accounts.give_back_renewal(session, kept.sealed)
            raise
        # The old ones are spent: these must be written, though the database be away for a while.
        await until_done(partial(self._write, kept.log_in_id, fresh))
        return fresh

    async def _write(self, log_in_id: str, tokens: Tokens) -> None:
        sealed = self.sealed(log_in_id, tokens, self.clock.now())
        async with self.sessions.begin() as session:
            await accounts.seal(session, log_in_id, sealed)


def _purpose(log_in_id: str) -> str:
    return f"log-in {log_in_id}"
