"""Settings as a whole: changed on one page, taken away as one file, and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.guilds import rules
from rallypoint.features.guilds.model import Setting
from rallypoint.features.guilds.rules import Models
from rallypoint.kernel.errors import Forbidden, NotFound, Refused
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Asker, Operator, Role

from .roles import check_role
from .settings import put, reset, show

FORMAT = "rallypoint settings"


async def check_may_set(session: AsyncSession, by: Asker, guild_id: GuildId | None) -> None:
    """Raise Forbidden for who is no admin of the guild or, without one, does not run the program."""
    if isinstance(by, Operator):
        return
    if guild_id is None:
        raise Forbidden("not_operator")
    if by.guild_id != guild_id:
        raise NotFound("guild_unknown")
    await check_role(session, by, Role.ADMIN)


async def change(
    session: AsyncSession,
    models: Models,
    typed: Mapping[str, object],
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> Mapping[str, str]:
    """Set those that differ from what counts there now. Key → why it is not taken; unless that is empty, nothing is
    set. Raise as `check_may_set`."""
    await check_may_set(session, by, guild_id)
    told: dict[str, Any] = {"by": by, "now": now, "guild_id": guild_id, "channel_id": channel_id}
    counts = {each.key: each.value for each in await show(session, models, guild_id, channel_id)}
    wrong: dict[str, str] = {}
    changed: list[str] = []
    for key, text in typed.items():
        model, field = rules.check_known(models, key)
        try:
            if rules.check_value(model, field, text, key=key) != counts[key]:
                changed.append(key)
        except Refused as refused:
            wrong[key] = rules.reason_of(refused)
    if not wrong:
        for key in changed:
            await put(session, models, key, typed[key], **told)
    return wrong


async def go_back(
    session: AsyncSession,
    models: Models,
    key: str,
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> None:
    """To what is inherited. Raise as `check_may_set`, and NotFound for a key there is not."""
    await check_may_set(session, by, guild_id)
    await reset(session, models, key, by=by, now=now, guild_id=guild_id, channel_id=channel_id)


async def bundle(
    session: AsyncSession, models: Models, guild_id: GuildId | None = None
) -> dict[str, Any]:
    """What the guild itself has set, for all of it and for single channels, in its JSON shape; without a guild, what
    the program has."""
    known = set(rules.keys_at(models, "program"))
    rows = await session.scalars(
        select(Setting)
        .where(Setting.guild_id == (guild_id or 0), Setting.key.in_(known))
        .order_by(Setting.channel_id, Setting.key)
    )
    own: dict[str, Any] = {}
    channels: dict[str, dict[str, Any]] = {}
    for row in rows:
        there = channels.setdefault(str(row.channel_id), {}) if row.channel_id else own
        there[row.key] = row.value
    told: dict[str, Any] = {"format": FORMAT, "settings": own}
    if guild_id is not None:
        told |= {"guild_id": str(guild_id), "channels": channels}
    return told


async def take_in(
    session: AsyncSession,
    models: Models,
    given: object,
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId | None = None,
) -> int:
    """All of a bundle or nothing; how many settings were set. What it does not name stays, and what it says of
    another guild's channels is left out. Raise Refused, and as `go_back`."""
    await check_may_set(session, by, guild_id)
    settings = _settings_in(given)
    assert isinstance(given, dict)
    places: list[tuple[ChannelId | None, Mapping[Any, Any]]] = [(None, settings)]
    if guild_id is not None and given.get("guild_id") == str(guild_id):
        places += _channels_in(given)
    for channel_id, named in places:
        for key, value in named.items():
            told: dict[str, Any] = {"by": by, "now": now, "channel_id": channel_id}
            await put(session, models, str(key), value, guild_id=guild_id, **told)
    return sum(len(named) for _, named in places)


def _settings_in(given: object) -> Mapping[Any, Any]:
    settings = given.get("settings") if isinstance(given, dict) else None
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise Refused("settings_file_invalid")
    if not isinstance(settings, dict):
        raise Refused("settings_file_invalid")
    return settings


def _channels_in(given: Mapping[Any, Any]) -> list[tuple[ChannelId | None, Mapping[Any, Any]]]:
    channels = given.get("channels", {})
    if not isinstance(channels, dict):
        raise Refused("settings_file_invalid")
    found: list[tuple[ChannelId | None, Mapping[Any, Any]]] = []
    for number, settings in channels.items():
        is_id = number.isascii() and number.isdecimal() and 0 < len(number) < 19
        if not is_id or not isinstance(settings, dict):
            raise Refused("settings_file_invalid")
        found.append((ChannelId(int(number)), settings))
    return found
