"""Who asks over HTTP, and what for: FastAPI dependencies of the features' routes.

The gate before the routes has let in nobody without a good token; what its bearer may do is asked here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any, Protocol

from fastapi import Depends, Path, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer

from rallypoint.kernel.errors import Forbidden, NotFound, Refused
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Actor, Caller, Permission, Role

LARGEST = 2**63 - 1
"""That any database, and Discord, gives as an id."""


class Rights(Protocol):
    def is_operator(self, user_id: UserId) -> bool:
        """Whether they run the program."""

    async def actor(self, user_id: UserId, guild_id: GuildId) -> Actor:
        """With what they may in the guild as a whole, as of a minute ago at most; an operator may everything.

        Raise NotFound for who is no member, as for a guild that is not there; Unavailable if that cannot be known.
        """

    async def role(self, actor: Actor) -> Role:
        """What they are to the dashboard of their guild."""


bearer = HTTPBearer(
    scheme_name="token",
    description="A personal token, as `rallypoint token create` makes it: `Authorization: Bearer rp_…`",
    auto_error=False,
)

_DIGITS = r"^[0-9]{1,20}$"
Id = Annotated[str, Path(pattern=_DIGITS, examples=["7"], description="The `id` of it in a list")]
"""Ids are strings: the numbers of a browser end at 53 bits."""
Guild = Annotated[
    str, Path(pattern=_DIGITS, examples=["80351110224678912"], description="The server's id")
]


def number(text: str, *, unknown: str, **facts: object) -> int:
    """Raise NotFound(*unknown*) for one that nothing can have."""
    value = int(text)
    if not 0 < value <= LARGEST:
        raise NotFound(unknown, **facts)
    return value


def caller(request: Request, _: Annotated[Any, Security(bearer)]) -> Caller:
    found: Caller = request.state.caller
    return found


def rights(request: Request) -> Rights:
    found: Rights = request.app.state.rights
    return found


WhoAsks = Annotated[Caller, Depends(caller)]
TheRights = Annotated[Rights, Depends(rights)]


async def still_admitted(request: Request) -> bool:
    """Whether the token that came with it is good now: for an answer that takes long."""
    text = request.headers["authorization"].partition(" ")[2].strip()
    found: Caller | None = await request.app.state.caller_of(text)
    return found is not None


def closing(request: Request) -> asyncio.Event:
    """Set when the server is about to stop: what takes long is to end."""
    found: asyncio.Event = request.app.state.closing
    return found


def for_operator(asks: WhoAsks, known: TheRights) -> bool:
    """Whether the caller runs the program."""
    return known.is_operator(asks.user_id)


async def actor(guild: Guild, asks: WhoAsks, known: TheRights) -> Actor:
    """The caller in the guild of the path."""
    return await known.actor(asks.user_id, GuildId(number(guild, unknown="guild_unknown")))


actor.role = Role.MEMBER  # type: ignore[attr-defined]  # `role_needed` looks at it

ActorThere = Annotated[Actor, Depends(actor)]


def manager(who: ActorThere) -> Actor:
    """Before the body is looked at: who may not manage the server is not told what would be wrong with it."""
    who.check_may(Permission.MANAGE_GUILD)
    return who


manager.role = Role.ADMIN  # type: ignore[attr-defined]


def is_at_least(role: Role) -> Callable[..., Awaitable[Actor]]:
    """As `manager`, for those whom the guild has made something by their roles."""

    async def check(who: ActorThere, known: TheRights) -> Actor:
        if await known.role(who) < role:
            raise Forbidden("member_lacks_role", role=f"{role.name.lower()}s")
        return who

    check.role = role  # type: ignore[attr-defined]
    return check


Manager = Annotated[Actor, Depends(manager)]
Viewer = Annotated[Actor, Depends(is_at_least(Role.VIEWER))]
Organiser = Annotated[Actor, Depends(is_at_least(Role.ORGANISER))]
ForOperator = Annotated[bool, Depends(for_operator)]


def only_known_query(request: Request) -> None:
    """Raise Refused for a query parameter that the route does not know, or that is there twice."""
    known = set(_query(request.scope["route"].dependant))
    for name in request.query_params:
        if name not in known:
            raise Refused("query_unknown", name=name[:100])
        if len(request.query_params.getlist(name)) > 1:
            raise Refused("query_twice", name=name[:100])


def _query(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for each in dependant.dependencies:
        yield from _query(each)


def role_needed(dependant: Dependant) -> Role | None:
    """What whoever asks a route has to be in the server, by what it depends on. None: it is of no server."""
    roles = (role_needed(each) for each in dependant.dependencies)
    found = [role for role in roles if role is not None]
    own: Role | None = getattr(dependant.call, "role", None)
    return max(found if own is None else [*found, own], default=None)
