from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Actor
from rallypoint.ui.web.answers import api, errors
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.live import Stream
from rallypoint.ui.web.rights import ActorThere, TheRights, closing, still_admitted

from .shapes import Voice
from .streams import KINDS, Asked, Streams
from .views import View

LONGEST_WAIT = 3600
Said = dict[int | str, dict[str, Any]]
Wait = Annotated[
    int,
    Query(ge=0, le=LONGEST_WAIT, description="Seconds that it stays open. `0`: what there is now"),
]
LastEventId = Annotated[
    str | None,
    Header(description="The `id` of the event that was seen last: the stream goes on after it"),
]
EVENT = {
    "type": "object",
    "description": "One server-sent event; its data is JSON",
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": ["snapshot", *KINDS]},
        "data": {"type": "string"},
    },
    "required": ["event", "data"],
}
EVENTS: Said = {200: {"content": {"text/event-stream": {"schema": EVENT}}}}


def routes(parts: Parts) -> APIRouter:
    router = api("/api/v1/guilds/{guild}/voice", tag=N_("Voice"))
    rest = _Rest(parts)
    router.get(
        "",
        operation_id="getVoice",
        responses={**errors(404)},
    )(rest.get_voice)
    router.get(
        "/stream",
        operation_id="streamVoice",
        status_code=200,
        # One that names no type of content: or FastAPI would take the errors for events, too.
        response_class=Response,
        responses={**EVENTS, **errors(404, 409)},
    )(rest.stream_voice)
    return router


class _Rest:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._streams = Streams(parts)

    async def get_voice(self, who: ActorThere) -> Voice:
        """Who is in which voice channel since when, of the channels that the token's bearer can see."""
        return await View(self._parts, who).read()

    async def stream_voice(
        self,
        request: Request,
        who: ActorThere,
        known: TheRights,
        closing: Annotated[asyncio.Event, Depends(closing)],
        wait: Wait = 900,
        last_event_id: LastEventId = None,
    ) -> Stream:
        """Server-sent events: `snapshot`, with what `GET …/voice` answers, and then one for each change, named as its
        kind. With a `Last-Event-ID` that is not too old there is no snapshot: what was missed comes first."""

        async def anew() -> Actor | None:
            try:
                if not await still_admitted(request):
                    return None
                return await known.actor(who.user_id, who.guild_id)
            except NotFound:
                return None

        self._streams.take_place(who.user_id)
        asked = Asked(who, wait, last_event_id, anew, closing)
        return Stream(
            self._streams.pieces(asked),
            ended=lambda: self._streams.give_place_back(who.user_id),
        )
