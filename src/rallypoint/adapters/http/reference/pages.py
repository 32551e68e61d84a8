from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from rallypoint.adapters.http.openapi import Description
from rallypoint.adapters.http.site import Site
from rallypoint.kernel.people import Permission, Role, Scope
from rallypoint.ui.web import routing
from rallypoint.ui.web.answers import ALWAYS, DESCRIPTIONS
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.page import NAMES, ForVisitor, VisitorPage

from .operations import Section, sections_of

PATH = "/rest"
WHO: Mapping[Role | None, str] = {
    None: N_("whoever has a token"),
    Role.MEMBER: NAMES[Role.MEMBER],
    Role.VIEWER: NAMES[Role.VIEWER],
    Role.ORGANISER: NAMES[Role.ORGANISER],
    Role.ADMIN: Permission.MANAGE_GUILD.words,
}


@dataclass(frozen=True, slots=True)
class Tab:
    title: str
    path: str
    here: bool


def router(site: Site, description: Description) -> APIRouter:
    routes = routing.router(include_in_schema=False)
    reference = _Reference(site, description)
    routes.get(PATH, response_model=None)(reference.begin)
    routes.get(f"{PATH}/{{section}}", response_model=None)(reference.show)
    return routes


class _Reference:
    def __init__(self, site: Site, description: Description) -> None:
        self._site = site
        self._description = description
        self._known: Sequence[Section] = ()

    async def _sections(self) -> Sequence[Section]:
        """Made when somebody looks."""
        if not self._known:
            self._known = sections_of(await self._description.read(), base=self._site.base)
        return self._known

    async def begin(self, page: ForVisitor) -> Response:
        chapters = await self._sections()
        return self._page(
            page,
            "rest/begin.html",
            chapters,
            base=self._site.base,
            often=self._site.api_per_minute,
            noes={int(status): words for status, words in DESCRIPTIONS.items()},
        )

    async def show(self, page: ForVisitor, section: str) -> Response:
        chapters = await self._sections()
        found = [each for each in chapters if each.slug == section]
        if not found:
            raise HTTPException(404)
        return self._page(page, "rest/section.html", chapters, section=found[0])

    def _page(
        self, page: VisitorPage, template: str, chapters: Sequence[Section], **context: object
    ) -> Response:
        here = page.request.url.path
        ways = [(N_("Beginning"), PATH)]
        ways += [(each.title, f"{PATH}/{each.slug}") for each in chapters]
        context |= {
            "who": WHO,
            "writes": Scope.WRITE,
            "path": PATH,
            "chapters": chapters,
            "always": ALWAYS,
            "tabs": [Tab(title, path, path == here) for title, path in ways],
        }
        return page.render(template, status=200, **context)
