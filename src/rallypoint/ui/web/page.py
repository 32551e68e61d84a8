"""What a page's route is given: who looks, at which server, and how to answer them.

A handler names what it needs by its first parameter: `ForVisitor`, or in a server `ForViewer`, `ForOrganiser`,
`ForAdmin`, or for the whole program `ForOperator`. Who is less is refused before anything else is looked at; the use
case asks once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from rallypoint.kernel.errors import Forbidden, NotFound, Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Actor, Operator, Role
from rallypoint.kernel.ports import GuildLook

from . import cookies
from .languages import N_, preferred
from .pages import Frame, Pages
from .rights import Id, Rights, TheRights, number
from .sections import PROGRAM
from .visitors import MaybeVisitor, TheVisitor, Visitor, is_still_in

NAMES = {
    Role.MEMBER: N_("members"),
    Role.VIEWER: N_("viewers"),
    Role.ORGANISER: N_("organisers"),
    Role.ADMIN: N_("admins"),
}


Wording = Callable[[Request, Refused], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    request: Request
    visitor: Visitor | None
    is_operator: bool = False

    @property
    def language(self) -> str:
        return preferred(self.request.headers.get("accept-language", ""))

    @property
    def address(self) -> str:
        """Its path; of what keeps it live, that of the page."""
        return self.request.url.path.removesuffix("/live")

    def say(self, words: str, **facts: object) -> str:
        """*words* in the reader's language."""
        return self._pages.say(self.language, words, **facts)

    def why(self, refused: Refused) -> str:
        """What was refused, in the reader's language."""
        wording: Wording = self.request.app.state.wording
        return wording(self.request, refused)

    def render(self, template: str, *, status: int = 200, **context: object) -> Response:
        jar = self._jar
        said = jar.said(self.request)
        told = {"page": self, **context}
        frame = self._frame(said)
        response = self._pages.render(
            template, language=self.language, frame=frame, status=status, **told
        )
        if said:
            jar.remove(response, cookies.SAID)
        return response

    def fragment(self, template: str, block: str, **context: object) -> str:
        """One block of a template, for what changes while the page is open."""
        told = {"page": self, **context}
        return self._pages.fragment(template, block, language=self.language, **told)

    def go(self, path: str, words: str = "", **facts: object) -> Response:
        """To a page of ours, which says *words*."""
        response = RedirectResponse(path, status_code=303)
        if words:
            self._jar.say(response, self.say(words, **facts))
        return response

    @property
    def _pages(self) -> Pages:
        pages: Pages = self.request.app.state.pages
        return pages

    @property
    def _jar(self) -> cookies.Jar:
        jar: cookies.Jar = self.request.app.state.jar
        return jar

    def _frame(self, said: str) -> Frame:
        return Frame(
            visitor=self.visitor,
            path=self.request.url.path,
            said=said,
            is_operator=self.is_operator,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildPage(Page):
    """A page of one server. *visitor* is a member of it, or runs the program."""

    visitor: Visitor
    actor: Actor
    role: Role
    look: GuildLook | None
    """None: the server is in an outage."""

    @property
    def guild_id(self) -> GuildId:
        return self.actor.guild_id

    @property
    def is_organiser(self) -> bool:
        return self.role >= Role.ORGANISER

    @property
    def is_admin(self) -> bool:
        return self.role >= Role.ADMIN

    def path(self, *parts: object) -> str:
        """`page.path("voice", room.id)`: of this server."""
        return "/".join(["/servers", str(self.guild_id), *map(str, parts)])

    def channel(self, channel_id: int | None) -> str:
        """Its name; or its id, if it is gone."""
        found = (each for each in self.look.channels if each.id == channel_id) if self.look else ()
        return next((each.name for each in found), f"#{channel_id}")

    def role_named(self, role_id: int | str) -> str:
        """As with a channel."""
        found = (
            (each for each in self.look.roles if str(each.id) == str(role_id)) if self.look else ()
        )
        return next((each.name for each in found), f"@{role_id}")

    async def anew(self) -> GuildPage | None:
        """As of now: for an answer that takes long. None: they may not see it any more. Raise Unavailable."""
        if not await is_still_in(self.request):
            return None
        rights: Rights = self.request.app.state.rights
        try:
            return await _guild_page(self.request, self.guild_id, self.visitor, rights)
        except NotFound:
            return None

    def _frame(self, said: str) -> Frame:
        return Frame(
            visitor=self.visitor,
            path=self.request.url.path,
            said=said,
            guild_id=str(self.guild_id),
            guild_name=self.look.name if self.look else "",
            role=self.role,
            is_operator=self.is_operator,
        )


async def _guild_page(
    request: Request, guild_id: GuildId, who: Visitor, known_rights: Rights
) -> GuildPage:
    actor = await known_rights.actor(who.user_id, guild_id)
    parts: Parts = request.app.state.parts
    return GuildPage(
        request=request,
        visitor=who,
        is_operator=known_rights.is_operator(who.user_id),
        actor=actor,
        role=await known_rights.role(actor),
        look=parts.discord.look(guild_id),
    )


async def guild_page(
    request: Request, guild: Id, who: TheVisitor, known_rights: TheRights
) -> GuildPage:
    guild_id = GuildId(number(guild, unknown="guild_unknown"))
    return await _guild_page(request, guild_id, who, known_rights)


def at_least(role: Role) -> Callable[[GuildPage], Awaitable[GuildPage]]:
    async def check(page: Annotated[GuildPage, Depends(guild_page)]) -> GuildPage:
        if page.role < role:
            raise Forbidden("member_lacks_role", role=page.say(NAMES[role]))
        return page

    check.role = role  # type: ignore[attr-defined]  # the test of who may what looks at it
    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorPage(Page):
    """Of whoever is logged in."""

    visitor: Visitor


async def visitor_page(request: Request, who: TheVisitor, known_rights: TheRights) -> VisitorPage:
    is_operator = known_rights.is_operator(who.user_id)
    return VisitorPage(request=request, visitor=who, is_operator=is_operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPage(VisitorPage):
    """Of the whole program, for who runs it."""

    guild_id: None = None
    role: Role = Role.ADMIN

    async def anew(self) -> ProgramPage | None:
        """As with a server's page."""
        rights: Rights = self.request.app.state.rights
        is_there = rights.is_operator(self.visitor.user_id) and await is_still_in(self.request)
        return self if is_there else None

    @property
    def operator(self) -> Operator:
        return Operator(self.visitor.user_id, self.visitor.name)

    def path(self, *parts: object) -> str:
        return "/".join([PROGRAM, *map(str, parts)])


ManagedPage = GuildPage | ProgramPage
"""Of a server, or of the whole program."""


async def program_page(page: Annotated[VisitorPage, Depends(visitor_page)]) -> ProgramPage:
    if not page.is_operator:
        raise Forbidden("not_operator")
    return ProgramPage(request=page.request, visitor=page.visitor, is_operator=True)


async def open_page(request: Request, who: MaybeVisitor) -> Page:
    return Page(request=request, visitor=who)


def page_of(request: Request) -> Page:
    """For an answer outside of any route, such as an error: asks nobody who looks, unless it is known already."""
    return Page(request=request, visitor=getattr(request.state, "visitor", None))


ForAnybody = Annotated[Page, Depends(open_page)]
ForVisitor = Annotated[VisitorPage, Depends(visitor_page)]
ForOperator = Annotated[ProgramPage, Depends(program_page)]
ForMember = Annotated[GuildPage, Depends(at_least(Role.MEMBER))]
ForViewer = Annotated[GuildPage, Depends(at_least(Role.VIEWER))]
ForOrganiser = Annotated[GuildPage, Depends(at_least(Role.ORGANISER))]
ForAdmin = Annotated[GuildPage, Depends(at_least(Role.ADMIN))]
