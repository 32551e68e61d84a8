"""Settings as a whole: changed on one page, taken away as one file, and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import rules
from rallypoint.features.guilds.rules import Models
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.people import Asker, Role

from .roles import check_role
from .settings import put, reset, show

FORMAT = "rallypoint settings"


async def change(
    session: AsyncSession,
    models: Models,
    typed: Mapping[str, object],
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId,
) -> Mapping[str, str]:
    """Set those that differ from what counts there now. Key → why it is not taken; unless that is empty, nothing is
    set. Raise Forbidden for who is no admin of the guild."""
    await check_role(session, by, Role.ADMIN)
    counts = {each.key: each.value for each in await show(session, models, guild_id)}
    wrong: dict[str, str] = {}
    changed: list[str] = []
    for key, text in typed.items():
        model, field = rules.check_known(models, key)
        try:
            if rules.check_value(model, field, text, key=key) != counts[key]:
                changed.append(key)
        except Refused as refused:
            wrong[key] = str(refused.facts["reason"])
    if not wrong:
        for key in changed:
            await put(session, models, key, typed[key], by=by, now=now, guild_id=guild_id)
    return wrong


async def go_back(
    session: AsyncSession,
    models: Models,
    key: str,
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId,
) -> None:
    """To what is inherited. Raise Forbidden for who is no admin of the guild, NotFound for a key there is not."""
    await check_role(session, by, Role.ADMIN)
    await reset(session, models, key, by=by, now=now, guild_id=guild_id)


async def bundle(session: AsyncSession, models: Models, guild_id: GuildId) -> dict[str, Any]:
    """What the guild itself has set, in its JSON shape."""
    shown = await show(session, models, guild_id)
    own = {each.key: each.value for each in shown if each.origin == "guild"}
    return {"format": FORMAT, "guild_id": str(guild_id), "settings": own}


async def take_in(
    session: AsyncSession,
    models: Models,
    given: object,
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId,
) -> int:
    """All of a bundle or nothing; how many settings it names. What it does not name stays. Raise Refused, NotFound for
    a key there is not, Forbidden for who is no admin of the guild."""
    await check_role(session, by, Role.ADMIN)
    settings = given.get("settings") if isinstance(given, dict) else None
    if (
        not isinstance(given, dict)
        or given.get("format") != FORMAT
        or not isinstance(settings, dict)
    ):
        raise Refused("settings_file_invalid")
    for key, value in settings.items():
        await put(session, models, str(key), value, by=by, now=now, guild_id=guild_id)
    return len(settings)
