"""All that happened in some time is sent again: how much that is is said before it is done."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import BaseModel, Field

from rallypoint.features.destinations.service import overall, replaying
from rallypoint.features.destinations.service.replaying import Replayed, Which
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs.recurrence import check_zone, existing
from rallypoint.ui.web import forms
from rallypoint.ui.web.forms import Form, Picks
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, GuildPage
from rallypoint.ui.web.sections import Section

from . import words


class Span(BaseModel):
    """By the clock on the wall of whoever asks."""

    since: datetime | None = Field(
        default=None,
        title=N_("From"),
        description=N_("When it happened; empty: as long as is kept"),
    )
    until: datetime | None = Field(
        default=None, title=N_("Until"), description=N_("That moment is not among them; empty: now")
    )
    destination: str | None = Field(
        default=None,
        title=N_("Where to"),
        pattern=r"^[0-9]{1,18}$",
        description=N_("One of the destinations, or all of them that are active"),
        json_schema_extra={"pick": "destinations", "none": N_("all that are active")},
    )
    failed: bool = Field(
        default=True,
        title=N_("Only what was given up on"),
        description=N_("Else also what was delivered: receivers get it twice, with the id it had"),
    )
    zone: str = Field(default="", max_length=60)

    def which(self) -> Which:
        """Raise Refused for a zone that there is not, and for a time that there cannot be."""
        check_zone(self.zone or "UTC")
        zone = ZoneInfo(self.zone or "UTC")
        since, until = _moment(self.since, zone), _moment(self.until, zone)
        if since and until and until <= since:
            raise Refused("span_ends_first")
        return Which(since=since, until=until, failed=self.failed)

    def of(self) -> int | None:
        return int(self.destination) if self.destination else None


def add_to(section: Section, parts: Parts) -> None:
    page = _Again(parts)
    section.get("/again", page.show)
    section.post("/again/look", page.look)
    section.post("/again", page.do)


class _Again:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, page: ForAdmin) -> Response:
        given = page.request.query_params.get("destination", "")
        values = {"zone": page.visitor.zone} | ({"destination": given} if given.isdecimal() else {})
        return self._page(page, forms.form_of(Span, values, picks=await self._picks(page)))

    async def look(self, page: ForAdmin, request: Request) -> Response:
        form = await forms.sent(request, Span, picks=await self._picks(page))
        if form.value is None:
            return self._page(page, form)
        try:
            async with self._parts.sessions() as session:
                found = await replaying.fitting(
                    session, form.value.of(), form.value.which(), by=page.actor
                )
        except Refused as refused:
            return self._page(page, form.blamed(_field_of(refused), page.why(refused)))
        return self._page(page, form, found)

    async def do(self, page: ForAdmin, request: Request) -> Response:
        form = await forms.sent(request, Span, picks=await self._picks(page))
        if form.value is None:
            return self._page(page, form)
        try:
            async with self._parts.sessions.begin() as session:
                now = self._parts.clock.now()
                done = await replaying.replay_all(
                    session, form.value.of(), form.value.which(), by=page.actor, now=now
                )
        except Refused as refused:
            return self._page(page, form.blamed(_field_of(refused), page.why(refused)))
        return page.go(page.path("deliveries"), words.replayed(done))

    async def _picks(self, page: GuildPage) -> Picks:
        async with self._parts.sessions() as session:
            there = await overall.mine(session, by=page.actor)
        return {"destinations": [(str(each.id), each.name) for each in there.values()]}

    def _page(self, page: GuildPage, form: Form[Span], found: Replayed | None = None) -> Response:
        typed = {each.name: each.value for each in form.fields}
        return page.render(
            "deliveries/again.html",
            status=422 if form.is_wrong else 200,
            form=form,
            typed=typed,
            found=found,
            most=replaying.MOST,
        )


def _field_of(refused: Refused) -> str:
    return {"span_ends_first": "until", "destination_not_active": "destination"}.get(
        refused.code, ""
    )


def _moment(wall: datetime | None, zone: ZoneInfo) -> datetime | None:
    try:
        return wall and existing(wall.replace(tzinfo=None), zone)
    except OverflowError:
        raise Refused("moment_out_of_range", given=f"{wall:%Y-%m-%d}") from None
