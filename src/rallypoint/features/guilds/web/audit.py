from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import Response

from rallypoint.features.guilds.model import AuditEntry
from rallypoint.features.guilds.service.audit import actions_in, audit_log
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.people import Role
from rallypoint.ui.web import forms, tables
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import ForAdmin, GuildPage
from rallypoint.ui.web.sections import Section
from rallypoint.ui.web.tables import Column, Filter, Table

from .names import names_for

TEMPLATES = Path(__file__).parents[1] / "templates"
MOST_EXPORTED = 10_000
COLUMNS = (
    Column(N_("When")),
    Column(N_("Who")),
    Column(N_("Did")),
    Column(N_("What with")),
    Column(N_("Before")),
    Column(N_("After")),
)


def section(parts: Parts) -> Section:
    section = Section("audit", N_("Audit log"), role=Role.ADMIN, place=90, templates=TEMPLATES)
    page = _Audit(parts)
    section.get("", page.show)
    section.get("/export", page.export)
    return section


class _Audit:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def show(self, page: ForAdmin) -> Response:
        filters, found = await self._found(page, most=tables.PAGE + 1, before=tables.before(page))
        rows = found[: tables.PAGE]
        last = rows[-1].id if len(found) > len(rows) else None
        table = Table(
            caption=page.say(N_("Audit log")),
            columns=COLUMNS,
            rows=rows,
            filters=filters,
            empty=page.say(N_("Nobody has changed anything yet.")),
            hint=page.say(
                N_("Whatever is changed here or in Discord is written down with who did it.")
            ),
            older=tables.older(page, filters, last),
            newest=tables.newest(page, filters),
        )
        names = await names_for(rows, self._parts, page.guild_id, page.look)
        query = page.request.url.query
        return page.render(
            "audit/audit.html",
            table=table,
            query=f"?{query}" if query else "",
            readable=self._readable,
            spelled=names.spelled,
        )

    async def export(self, page: ForAdmin) -> Response:
        _, found = await self._found(page, most=MOST_EXPORTED, before=None)
        name = f'attachment; filename="rallypoint-audit-{page.guild_id}.csv"'
        headers = {"Content-Disposition": name}
        return Response(_csv(found), media_type="text/csv; charset=utf-8", headers=headers)

    def _readable(
        self, entry: AuditEntry, told: Mapping[str, Any] | None
    ) -> Mapping[str, Any] | None:
        """The value of a setting as it stands on its page."""
        feature, _, name = entry.subject.partition(".")
        model = self._parts.models.get(feature)
        value = (told or {}).get("value")
        if not told or value is None or isinstance(value, bool) or model is None:
            return told
        info = model.model_fields.get(name)
        return {**told, "value": forms.shown(value, info)} if info else told

    async def _found(
        self, page: GuildPage, *, most: int, before: int | None
    ) -> tuple[Sequence[Filter], Sequence[AuditEntry]]:
        async with self._parts.sessions() as session:
            actions = [(each, each) for each in await actions_in(session, page.guild_id)]
            filters = [
                Filter("action", N_("Did"), actions).read(page),
                Filter("who", N_("Who")).read(page),
                Filter("what", N_("What with")).read(page),
            ]
            wanted = tables.values(filters)
            return filters, await audit_log(
                session,
                page.guild_id,
                most=most,
                before=before,
                action=wanted["action"],
                who=wanted["who"],
                subject=wanted["what"],
            )


def _csv(entries: Sequence[AuditEntry]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["at", "user_id", "user_name", "action", "subject", "before", "after"])
    for each in entries:
        cells = [
            *(each.at.isoformat(), str(each.user_id or ""), each.user_name, each.action),
            *(each.subject, _json(each.before), _json(each.after)),
        ]
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _harmless(cell: str) -> str:
    """A spreadsheet would carry out what begins like a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
