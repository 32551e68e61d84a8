"""How people get in: by Discord, and then by what their browser carries."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass

from rallypoint.adapters.discord.oauth import OAuth, TheirGuild
from rallypoint.adapters.http.site import Back, Begun, Entered
from rallypoint.features.accounts import api as accounts
from rallypoint.kernel.db import outages
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts, Sessions
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.vault import CannotOpen, Vault
from rallypoint.ui.web.visitors import Visitor

from .kept_tokens import KeptTokens

WAY = "way to log in"


@dataclass(frozen=True, slots=True)
class _Way:
    """What a browser keeps, sealed, while its owner is at Discord: nothing is written for who only looks at it."""

    state: str
    verifier: str
    destination: str


class Entrance:
    """Implements `adapters.http.site.Entrance`."""

    way_lasts = accounts.ON_THE_WAY

    def __init__(
        self,
        parts: Parts,
        reading: Sessions,
        vault: Vault,
        oauth: OAuth | None,
        *,
        redirect_uri: str,
    ) -> None:
        self._parts = parts
        self._reading = reading
        self._vault = vault
        self._oauth = oauth
        self._tokens = KeptTokens(parts.sessions, parts.clock, vault)
        self.redirect_uri = redirect_uri

    @property
    def is_closed(self) -> bool:
        return self._oauth is None

    @property
    def _open(self) -> OAuth:
        if self._oauth is None:
            raise Refused("log_in_off")
        return self._oauth

    def begin(self, wanted: str | None) -> Begun:
        way = _Way(
            secrets.token_urlsafe(32), secrets.token_urlsafe(48), accounts.destination(wanted)
        )
        location = self._open.page(state=way.state, verifier=way.verifier)
        data = json.dumps(asdict(way)).encode()
        sealed = self._vault.seal(data, purpose=WAY, now=self._parts.clock.now())
        return Begun(location, sealed.decode())

    async def finish(self, back: Back) -> Entered:
        oauth, way = self._open, self._way(back)
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await accounts.use_state(session, way.state, now=now)
        if back.error is not None:
            denied = back.error == "access_denied"
            raise (
                Refused("log_in_denied")
                if denied
                else Refused("log_in_refused", reason=back.error[:100])
            )
        if not back.code:
            raise Refused("log_in_foreign")
        tokens = await oauth.exchange(back.code, verifier=way.verifier)
        person = await oauth.person(tokens)
        async with self._parts.sessions.begin() as session:
            if back.former and (former := await accounts.find(session, back.former, now=now)):
                await accounts.end(session, former.log_in_id, by=former.user_id)
            begun = await accounts.begin(
                session,
                user_id=person.id,
                user_name=person.name,
                user_agent=back.user_agent,
                now=now,
            )
            sealed = self._tokens.sealed(begun.log_in.id, tokens, now)
            await accounts.seal(session, begun.log_in.id, sealed)
        return Entered(begun.text, begun.log_in.expires_at - now, way.destination)

    def _way(self, back: Back) -> _Way:
        if back.sealed is None:
            raise Refused("log_in_expired")
        now = self._parts.clock.now()
        try:
            opened = self._vault.open(
                back.sealed.encode(), purpose=WAY, now=now, within=accounts.ON_THE_WAY
            )
        except CannotOpen:
            raise Refused("log_in_expired") from None
        way = _Way(**json.loads(opened))
        if not secrets.compare_digest(way.state.encode(), back.state.encode()):
            raise Refused("log_in_foreign")
        return way

    async def visitor_of(self, text: str) -> Visitor | None:
        with outages():
            return await self._visitor_of(text)

    async def _visitor_of(self, text: str) -> Visitor | None:
        now = self._parts.clock.now()
        async with self._reading() as session:
            known = await accounts.find(session, text, now=now)
        if known is None:
            return None
        if not known.is_noted:
            async with self._parts.sessions.begin() as session:
                await accounts.note_seen(session, known.log_in_id, now=now)
        return Visitor(known.user_id, known.user_name, known.log_in_id, known.zone)

    async def leave(self, visitor: Visitor) -> None:
        async with self._parts.sessions.begin() as session:
            await accounts.end(session, visitor.log_in_id, by=UserId(visitor.user_id))

    async def guilds_of(self, visitor: Visitor) -> list[TheirGuild]:
        """As Discord says it, with the token of their log-in. Raise Unavailable, or Refused."""
        tokens = await self._tokens.good(visitor.log_in_id, self._open)
        return await self._open.guilds(tokens)
