from __future__ import annotations

from dataclasses import fields

from fastapi import APIRouter, Response

from rallypoint.features.subscriptions import texts
from rallypoint.features.subscriptions.service import hearing, managing
from rallypoint.kernel.feature import Parts
from rallypoint.ui.web.answers import WITH_BODY, api, errors
from rallypoint.ui.web.rights import Guild, Id, Manager, number

from . import shapes
from .shapes import NewSubscription, SubscriptionChanges


def routes(parts: Parts) -> APIRouter:
    router = api("/api/v1/guilds/{guild}/subscriptions", tag="Subscriptions")
    rest = _Rest(parts)
    one = "/{id}"
    denied, with_body = errors(403, 404), errors(403, 404, *WITH_BODY)
    router.get("", operation_id="listSubscriptions", responses={**denied})(rest.list_them)
    router.post("", operation_id="createSubscription", status_code=201, responses={**with_body})(
        rest.create
    )
    router.get(one, operation_id="getSubscription", responses={**denied})(rest.get)
    router.patch(one, operation_id="changeSubscription", responses={**with_body})(rest.change)
    router.delete(one, operation_id="deleteSubscription", status_code=204, responses={**denied})(
        rest.delete
    )
    return router


def event_routes(parts: Parts) -> APIRouter:
    router = api("/api/v1/event-kinds", tag="Subscriptions")

    async def list_kinds() -> shapes.EventKinds:
        """What one may subscribe to."""
        return shapes.EventKinds(
            items=[
                shapes.EventKind(
                    kind=kind,
                    words=texts.words(event),
                    fields=[each.name for each in fields(event)],  # type: ignore[arg-type]
                )
                for kind, event in sorted(parts.events.items())
            ]
        )

    router.get("", operation_id="listEventKinds")(list_kinds)
    return router


class _Rest:
    """Each reads, calls a use case and tells."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known = list(parts.events)

    async def list_them(self, by: Manager) -> shapes.Subscriptions:
        async with self._parts.sessions.begin() as session:
            rows = await managing.listing(session, by=by)
            return shapes.Subscriptions(items=[shapes.subscription(row) for row in rows])

    async def create(
        self, guild: Guild, by: Manager, body: NewSubscription, answer: Response
    ) -> shapes.Subscription:
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            row = await managing.add(session, body.wanted(), known=self._known, by=by, now=now)
            answer.headers["Location"] = f"/api/v1/guilds/{guild}/subscriptions/{row.id}"
            told = shapes.subscription(row)
        await hearing.refresh(self._parts)
        return told

    async def get(self, id: Id, by: Manager) -> shapes.Subscription:
        async with self._parts.sessions.begin() as session:
            return shapes.subscription(await managing.show(session, _id(id), by=by))

    async def change(self, id: Id, by: Manager, body: SubscriptionChanges) -> shapes.Subscription:
        """What is left out stays as it is. What happens while it is not active is not kept for it."""
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            row = await managing.edit(
                session, _id(id), body.changes(), known=self._known, by=by, now=now
            )
            told = shapes.subscription(row)
        await hearing.refresh(self._parts)
        return told

    async def delete(self, id: Id, by: Manager) -> None:
        """Its destination stays."""
        async with self._parts.sessions.begin() as session:
            await managing.remove(session, _id(id), by=by, now=self._parts.clock.now())
        await hearing.refresh(self._parts)


def _id(text: str) -> int:
    return number(text, unknown="subscription_unknown", subscription=text)
