"""Who looks at the dashboard: known by what their browser carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from rallypoint.kernel.ids import UserId
from rallypoint.ui.web import cookies


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in, in one browser."""

    user_id: UserId
    name: str
    log_in_id: str
    zone: str = ""
    """In which they read times; empty: as their browser has it."""


class LoggedOut(Exception):
    """Whoever asks is to log in first."""


class Reception(Protocol):
    async def visitor_of(self, text: str) -> Visitor | None:
        """May raise Unavailable."""


async def known(request: Request) -> Visitor | None:
    """Looked up once a request."""
    if not hasattr(request.state, "visitor"):
        jar: cookies.Jar = request.app.state.jar
        reception: Reception | None = request.app.state.reception
        text = jar.read(request, cookies.LOG_IN)
        found = await reception.visitor_of(text) if text and reception else None
        request.state.visitor = found
    visitor: Visitor | None = request.state.visitor
    return visitor


async def visitor(request: Request) -> Visitor:
    found = await known(request)
    if found is None:
        raise LoggedOut
    return found


MaybeVisitor = Annotated[Visitor | None, Depends(known)]
TheVisitor = Annotated[Visitor, Depends(visitor)]


async def is_still_in(request: Request) -> bool:
    """Whether the log-in that came with it is good now: for an answer that takes long."""
    jar: cookies.Jar = request.app.state.jar
    reception: Reception = request.app.state.reception
    text = jar.read(request, cookies.LOG_IN)
    return text is not None and await reception.visitor_of(text) is not None
