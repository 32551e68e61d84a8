from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.accounts import texts
from rallypoint.features.accounts.rules.log_ins import named
from rallypoint.features.accounts.rules.tokens import DEFAULT_DAYS, LONGEST_NAME, MOST_DAYS
from rallypoint.features.accounts.service import log_ins, people, tokens
from rallypoint.kernel.errors import NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Operator
from rallypoint.ui.web import forms
from rallypoint.ui.web.forms import Form
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForVisitor
from rallypoint.ui.web.sections import Section

TEMPLATES = Path(__file__).parents[1] / "templates"


class Own(BaseModel):
    model_config = ConfigDict(extra="forbid")

    zone: str | None = Field(
        default=None,
        title=N_("Time zone"),
        max_length=60,
        description=N_("In which times are shown to you here, and your days begin in /voice time"),
        json_schema_extra={"pick": "zone", "none": N_("as my browser has it")},
    )


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        default="",
        title=N_("Name"),
        min_length=1,
        max_length=LONGEST_NAME,
        description=N_("What it is for"),
    )
    days: int = Field(
        default=DEFAULT_DAYS,
        title=N_("Days"),
        ge=1,
        le=MOST_DAYS,
        description=N_("How long it is good for, in days"),
    )
    read_only: bool = Field(
        default=True, title=N_("Only reads"), description=N_("It may look, and change nothing")
    )


def section(parts: Parts) -> Section:
    section = Section("me", N_("My things"), role=None, place=0, templates=TEMPLATES)
    page = _Me(parts)
    section.get("", page.show)
    section.post("/zone", page.set_zone)
    section.post("/log-ins/end-others", page.end_others)
    section.post("/log-ins/{key}/end", page.end)
    section.post("/tokens", page.create_token)
    section.post("/tokens/{key}/revoke", page.revoke_token)
    section.get("/export", page.export)
    section.post("/forget", page.forget)
    return section


class _Me:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, page: ForVisitor) -> Response:
        return await self._page(page, forms.form_of(NewToken))

    async def set_zone(self, page: ForVisitor, request: Request) -> Response:
        form = await forms.sent(request, Own, picks=forms.picks_of(None))
        if form.value is None:
            raise Refused("zone_unknown", zone=str(form.fields[0].value), nearest="UTC")
        async with self._parts.sessions.begin() as session:
            await people.set_zone(session, page.visitor.user_id, form.value.zone or "")
        return page.go("/me", texts.SAVED)

    async def end(self, page: ForVisitor, key: str) -> Response:
        async with self._parts.sessions.begin() as session:
            await log_ins.end(session, key, by=page.visitor.user_id)
        return page.go("/me", texts.LOG_IN_ENDED)

    async def end_others(self, page: ForVisitor) -> Response:
        who = page.visitor
        async with self._parts.sessions.begin() as session:
            await log_ins.end_all(session, of=who.user_id, but=who.log_in_id)
        return page.go("/me", texts.LOG_INS_ENDED)

    async def create_token(self, page: ForVisitor, request: Request) -> Response:
        form = await forms.sent(request, NewToken)
        if form.value is None:
            return await self._page(page, form)
        wanted = form.value
        async with self._parts.sessions.begin() as session:
            made = await tokens.create_token(
                session,
                user_id=page.visitor.user_id,
                name=wanted.name,
                days=wanted.days,
                read_only=wanted.read_only,
                by=_by(page),
                now=self._parts.clock.now(),
            )
        # Not by way of a redirect: its text is said this once.
        return await self._page(page, forms.form_of(NewToken), made=made.text)

    async def revoke_token(self, page: ForVisitor, key: str) -> Response:
        who = page.visitor.user_id
        async with self._parts.sessions.begin() as session:
            await _check_own(session, key, who)
            await tokens.revoke_token(session, key, by=_by(page), now=self._parts.clock.now())
        return page.go("/me", texts.TOKEN_REVOKED)

    async def export(self, page: ForVisitor) -> Response:
        body = json.dumps(await self._kept(page.visitor.user_id), indent=2, ensure_ascii=False)
        headers = {"Content-Disposition": 'attachment; filename="rallypoint-my-data.json"'}
        return Response(body + "\n", media_type="application/json", headers=headers)

    async def forget(self, page: ForVisitor) -> Response:
        who, now = page.visitor.user_id, self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            for forget in self._parts.forgets:
                await forget(session, who, now)
        return page.go("/login", texts.FORGOTTEN)

    async def _kept(self, who: UserId) -> Mapping[str, Any]:
        async with self._parts.sessions() as session:
            return {
                name: await export(session, who) for name, export in self._parts.exports.items()
            }

    async def _page(self, page: ForVisitor, form: Form[NewToken], made: str = "") -> Response:
        who, now = page.visitor, self._parts.clock.now()
        kept = await self._kept(who.user_id)
        async with self._parts.sessions() as session:
            return page.render(
                "me/me.html",
                status=422 if form.is_wrong else 200,
                log_ins=await log_ins.list_of(session, who.user_id, now=now),
                here=who.log_in_id,
                tokens=[
                    each
                    for each in await tokens.list_tokens(session, who.user_id)
                    if each.revoked_at is None and each.expires_at > now
                ],
                own=forms.form_of(Own, {"zone": who.zone or None}, picks=forms.picks_of(None)),
                form=form,
                made=made,
                named=named,
                kept=texts.KEPT,
                counts={name: _count(each) for name, each in kept.items()},
            )


def _by(page: ForVisitor) -> Operator:
    """Of no server: as whoever is logged in."""
    return Operator(page.visitor.user_id, page.visitor.name)


async def _check_own(session: AsyncSession, token_id: str, who: UserId) -> None:
    if token_id not in {each.id for each in await tokens.list_tokens(session, who)}:
        raise NotFound("token_unknown", token=token_id[:20])


def _count(kept: Mapping[str, Any]) -> int:
    """Rows, in what one feature keeps."""
    return sum(len(each) for each in kept.values() if isinstance(each, list))
