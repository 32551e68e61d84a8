from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import DeliveryState, Users, terms_of
from rallypoint.features.destinations.service import log, replaying
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.feature import Parts
from rallypoint.ui.web.answers import WITH_BODY, api, errors
from rallypoint.ui.web.rights import Guild, Id, Manager, number

from . import shapes
from .forms import DestinationChanges, NewDestination, Replay, TestEvent

State = Annotated[
    Literal["pending", "delivered", "dead"] | None, Query(description="Only those in that state")
]
EventKind = Annotated[
    str | None,
    Query(max_length=100, pattern=r"^[a-z0-9_.]+$", description="Only of that kind"),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many to tell at most")]
Before = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before this one")
]


def routes(parts: Parts) -> APIRouter:
    router = api("/api/v1/guilds/{guild}/destinations", tag="Destinations")
    rest = _Rest(parts)
    one, sent = "/{id}", "/{id}/deliveries"
    denied, with_body = errors(403, 404), errors(403, 404, 409, *WITH_BODY)
    router.get("", operation_id="listDestinations", responses={**denied})(rest.list_them)
    router.post("", operation_id="createDestination", status_code=201, responses={**with_body})(
        rest.create
    )
    router.get(one, operation_id="getDestination", responses={**denied})(rest.get)
    router.patch(one, operation_id="changeDestination", responses={**with_body})(rest.change)
    router.delete(
        one, operation_id="deleteDestination", status_code=204, responses={**errors(403, 404, 409)}
    )(rest.delete)
    router.post(f"{one}/secret", operation_id="rotateSecret", responses={**denied})(rest.rotate)
    router.post(
        f"{one}/test", operation_id="testDestination", status_code=202, responses={**with_body}
    )(rest.test)
    router.post(
        f"{one}/replay", operation_id="replayDeliveries", status_code=202, responses={**with_body}
    )(rest.replay)
    router.get(sent, operation_id="listDeliveries", responses={**denied})(rest.deliveries)
    router.get(f"{sent}/{{delivery}}/curl", operation_id="getDeliveryAsCurl", responses={**denied})(
        rest.curl
    )
    return router


class _Rest:
    """Each reads, calls a use case and tells."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._terms = terms_of(parts)

    async def list_them(self, by: Manager) -> shapes.Destinations:
        async with self._parts.sessions.begin() as session:
            rows = await deliveries.listing(session, by=by)
            return shapes.Destinations(items=[shapes.destination(row) for row in rows])

    async def create(
        self, guild: Guild, by: Manager, body: NewDestination, answer: Response
    ) -> shapes.NewDestination:
        """`secret` is told here alone, and never again."""
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            made = await deliveries.add(session, body.wanted(), terms=self._terms, by=by, now=now)
            row = made.destination
            answer.headers["Location"] = f"/api/v1/guilds/{guild}/destinations/{row.id}"
            return shapes.new_destination(row, made.secret)

    async def get(self, id: Id, by: Manager) -> shapes.Destination:
        async with self._parts.sessions.begin() as session:
            return shapes.destination(await deliveries.show(session, _id(id), by=by))

    async def change(self, id: Id, by: Manager, body: DestinationChanges) -> shapes.Destination:
        """What is left out stays as it is. What comes for a paused one is kept for it."""
        now, destination_id = self._parts.clock.now(), _id(id)
        async with self._parts.sessions.begin() as session:
            row = await deliveries.edit(
                session,
                destination_id,
                name=body.name,
                config=body.config,
                terms=self._terms,
                by=by,
                now=now,
            )
            if body.is_active is not None:
                turn = deliveries.resume if body.is_active else deliveries.pause
                row = await turn(session, destination_id, by=by, now=now)
            return shapes.destination(row)

    async def delete(self, id: Id, by: Manager) -> None:
        """Subscriptions that lead to it are to be removed first."""
        users = self._parts.answers.get(Users)
        async with self._parts.sessions.begin() as session:
            await deliveries.remove(
                session, _id(id), users=users, by=by, now=self._parts.clock.now()
            )

    async def rotate(self, id: Id, by: Manager) -> shapes.NewDestination:
        """Makes a new secret, told here alone. For a day messages are signed with the old one, too."""
        async with self._parts.sessions.begin() as session:
            made = await deliveries.rotate(session, _id(id), by=by, now=self._parts.clock.now())
            return shapes.new_destination(made.destination, made.secret)

    async def test(self, id: Id, by: Manager, body: TestEvent) -> shapes.Delivery:
        """Sends a made-up event, with `data.test` true."""
        event = self._parts.events.get(body.event)
        if event is None:
            raise NotFound("event_unknown", kind=body.event)
        async with self._parts.sessions.begin() as session:
            now = self._parts.clock.now()
            row = await replaying.test(session, _id(id), event, by=by, now=now)
            return shapes.delivery(row)

    async def replay(self, id: Id, by: Manager, body: Replay) -> shapes.Replayed:
        """Sends what was sent before once more, with the ids it had, little by little and after all that is new."""
        async with self._parts.sessions.begin() as session:
            now = self._parts.clock.now()
            count = await replaying.replay(session, _id(id), body.which(), by=by, now=now)
            return shapes.Replayed(count=count)

    async def deliveries(
        self,
        id: Id,
        by: Manager,
        state: State = None,
        kind: EventKind = None,
        limit: Limit = 50,
        before: Before = None,
    ) -> shapes.Deliveries:
        """The newest first, each with its attempts."""
        wanted = log.Filter(
            None if state is None else DeliveryState(state),
            kind,
            None if before is None else int(before),
        )
        async with self._parts.sessions.begin() as session:
            found = await log.deliveries(session, _id(id), wanted, most=limit + 1, by=by)
            tries = await log.attempts(session, found[:limit])
        items = [shapes.delivery(each, tries[each.id]) for each in found[:limit]]
        return shapes.Deliveries(items=items, next=items[-1].id if len(found) > limit else None)

    async def curl(self, id: Id, delivery: Id, by: Manager) -> shapes.Line:
        """What was sent, as a line for a shell, without secrets."""
        delivery_id = number(delivery, unknown="delivery_unknown", delivery=delivery)
        async with self._parts.sessions.begin() as session:
            now = self._parts.clock.now()
            return shapes.Line(
                line=await log.as_curl(session, _id(id), delivery_id, by=by, now=now)
            )


def _id(text: str) -> int:
    return number(text, unknown="destination_unknown", destination=text)
