"""What somebody is to a guild's dashboard."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import rules
from rallypoint.features.guilds.model import GuildSettings
from rallypoint.kernel.errors import Forbidden
from rallypoint.kernel.people import Actor, Asker, Operator, Role
from rallypoint.kernel.words import Words

from .settings import read

NAMES = {
    Role.MEMBER: Words("members"),
    Role.VIEWER: Words("viewers"),
    Role.ORGANISER: Words("organisers"),
    Role.ADMIN: Words("admins"),
}


async def role_of(session: AsyncSession, actor: Actor) -> Role:
    settings = await read(session, "guilds", GuildSettings, actor.guild_id)
    return rules.role_of(actor, organisers=settings.organisers, viewers=settings.viewers)


async def check_role(session: AsyncSession, by: Asker, needed: Role) -> None:
    """Raise Forbidden for who is less in their guild; who runs the program may everything."""
    if not isinstance(by, Operator) and await role_of(session, by) < needed:
        raise Forbidden("member_lacks_role", role=NAMES[needed])
