"""What a guild, a channel or the whole program has set. The caller owns the session and commits it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from pydantic import BaseModel
from sqlalchemy import Select, Table, bindparam, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from rallypoint.features.guilds import rules
from rallypoint.features.guilds.events import SettingChanged
from rallypoint.features.guilds.model import Setting
from rallypoint.features.guilds.rules import Models, Origin, Shown
from rallypoint.kernel import events
from rallypoint.kernel.db import add_unless_there
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Asker

from .audit import note

M = TypeVar("M", bound=BaseModel)

# Whatever happens in a guild asks for this: of the table, and put together once, it costs half as much.
_setting = cast(Table, Setting.__table__).c
_LAYERS = select(_setting.guild_id, _setting.channel_id, _setting.key, _setting.value).where(
    _setting.guild_id.in_([0, bindparam("guild_id")]),
    _setting.channel_id.in_([0, bindparam("channel_id")]),
)


async def read(
    session: AsyncSession,
    feature: str,
    model: type[M],
    guild_id: GuildId,
    channel_id: ChannelId | None = None,
) -> M:
    """The settings of *feature* as they count in that guild or channel."""
    layers = await _layers(session, guild_id, channel_id)
    return model.model_validate(rules.given(feature, model, layers))


async def of_guilds(session: AsyncSession, key: str) -> Mapping[GuildId | None, Any]:
    """What was set for whole guilds, and under None for the whole program, in its JSON shape."""
    rows = await session.execute(
        select(Setting.guild_id, Setting.value).where(Setting.key == key, Setting.channel_id == 0)
    )
    return {GuildId(guild_id) if guild_id else None: value for guild_id, value in rows}


def channels_listed(key: str) -> Select[str]:
    """The subjects of events about those that whole guilds' lists name, set as *key*."""
    each = _EachOf(Setting.value).table_valued("value")
    subjects = select(events.subject_of("channel", each.c.value)).select_from(Setting)
    return subjects.join(each, true()).where(Setting.key == key, Setting.channel_id == 0)


class _EachOf(FunctionElement[Any]):
    """Of a list in JSON."""

    inherit_cache = True


@compiles(_EachOf, "sqlite")
def _in_sqlite(each: _EachOf, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each{compiler.process(each.clause_expr, **more)}"


@compiles(_EachOf, "postgresql")
def _in_postgres(each: _EachOf, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_array_elements_text{compiler.process(each.clause_expr, **more)}"


async def is_set(session: AsyncSession, key: str) -> bool:
    """Anywhere, to whatever."""
    return bool(await session.scalar(select(exists().where(Setting.key == key))))


async def show(
    session: AsyncSession,
    models: Models,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> list[Shown]:
    return rules.resolve(models, await _layers(session, guild_id, channel_id))


async def put(
    session: AsyncSession,
    models: Models,
    key: str,
    text: object,
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> None:
    """Without a guild: for the whole program. Raise NotFound (no such key) or Refused (a value it does not take, or a
    place where it changes nothing)."""
    model, field = rules.check_known(models, key)
    rules.check_level(model, field, rules.level_of(guild_id, channel_id), key=key)
    value = rules.check_value(model, field, text, key=key)
    place = (guild_id or 0, channel_id or 0)
    row = await session.get(Setting, (*place, key))
    where = {"guild_id": place[0], "channel_id": place[1], "key": key}
    if row is None and not await add_unless_there(session, Setting, **where, value=value):
        # Somebody else has, just now.
        row = await session.get_one(Setting, (*place, key))
    before = None if row is None else _told(channel_id, row.value)
    if row is not None:
        row.value = value
    after = _told(channel_id, value)
    if before != after:
        await note(
            session,
            by=by,
            action="guilds.setting_put",
            subject=key,
            before=before,
            after=after,
            now=now,
            guild_id=guild_id,
        )
        await events.record(session, SettingChanged(key, guild_id), at=now)


async def reset(
    session: AsyncSession,
    models: Models,
    key: str,
    *,
    by: Asker,
    now: datetime,
    guild_id: GuildId | None = None,
    channel_id: ChannelId | None = None,
) -> None:
    """Go back to what is inherited. Raise NotFound for a key there is not."""
    rules.check_known(models, key)
    row = await session.get(Setting, (guild_id or 0, channel_id or 0, key))
    if row is None:
        return
    before = _told(channel_id, row.value)
    await session.delete(row)
    await note(
        session,
        by=by,
        action="guilds.setting_reset",
        subject=key,
        before=before,
        now=now,
        guild_id=guild_id,
    )
    await events.record(session, SettingChanged(key, guild_id), at=now)


def _told(channel_id: ChannelId | None, value: Any) -> dict[str, Any]:
    return {"value": value} | ({"channel_id": channel_id} if channel_id else {})


async def _layers(
    session: AsyncSession, guild_id: GuildId | None, channel_id: ChannelId | None
) -> Mapping[Origin, Mapping[str, Any]]:
    rows = await session.execute(
        _LAYERS, {"guild_id": guild_id or 0, "channel_id": channel_id or 0}
    )
    layers: dict[Origin, dict[str, Any]] = {"program": {}, "guild": {}, "channel": {}}
    for guild, channel, key, value in rows:
        layers["channel" if channel else "guild" if guild else "program"][key] = value
    return layers
