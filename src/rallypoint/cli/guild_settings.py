from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Operator
from rallypoint.kernel.settings import SettingsInvalid

from .commands import run
from .options import AsJson, Data

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="Show and change what the features do: for the whole program, a guild or a channel.",
)

Guild = Annotated[
    int | None, typer.Option(help="A guild's id; without it, the setting is for all guilds.")
]
Channel = Annotated[int | None, typer.Option(help="A channel's id, with --guild: only for it.")]
Key = Annotated[str, typer.Argument(help="As `settings show` names it, such as rooms.empty_after.")]


@app.command()
def show(
    guild: Guild = None,
    channel: Channel = None,
    data: Data = None,
    as_json: AsJson = False,
    key: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
) -> None:
    """Each setting, the value that counts there, and where it comes from."""
    from rallypoint.app import catalogue
    from rallypoint.features.guilds import api as guilds

    from . import shown

    place = _place(guild, channel)
    found = _within(data, lambda session: guilds.show(session, catalogue.setting_models(), *place))
    if key is not None:
        known = [each.key for each in found]
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            raise NotFound("setting_unknown", key=key, nearest=nearest[0] if nearest else "")
        found = [each for each in found if each.key == key]
    (shown.settings_as_json if as_json else shown.settings_table)(found)


@app.command(name="set")
def put(
    key: Key,
    value: Annotated[str, typer.Argument(help="Such as 10s, 5m, 3 or true.")],
    guild: Guild = None,
    channel: Channel = None,
    data: Data = None,
) -> None:
    """Set it. A running program follows from its next use on."""
    from rallypoint.app import catalogue
    from rallypoint.features.guilds import api as guilds

    guild_id, channel_id = _place(guild, channel)
    models = catalogue.setting_models()
    _within(
        data,
        lambda session: guilds.put(
            session,
            models,
            key,
            value,
            by=Operator(),
            now=SystemClock().now(),
            guild_id=guild_id,
            channel_id=channel_id,
        ),
    )


@app.command()
def reset(key: Key, guild: Guild = None, channel: Channel = None, data: Data = None) -> None:
    """Go back to what is inherited: channel → guild → program → default."""
    from rallypoint.app import catalogue
    from rallypoint.features.guilds import api as guilds

    guild_id, channel_id = _place(guild, channel)
    models = catalogue.setting_models()
    _within(
        data,
        lambda session: guilds.reset(
            session,
            models,
            key,
            by=Operator(),
            now=SystemClock().now(),
            guild_id=guild_id,
            channel_id=channel_id,
        ),
    )


def _place(guild: int | None, channel: int | None) -> tuple[GuildId | None, ChannelId | None]:
    if channel is not None and guild is None:
        raise SettingsInvalid("a channel is in a guild; give its id with --guild, too")
    return (
        None if guild is None else GuildId(guild),
        None if channel is None else ChannelId(channel),
    )


def _within(data: Path | None, use: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One transaction on a database that is there and up to date."""
    chosen = settings.load(data=data)
    from rallypoint.app.storage import existing

    async def work() -> T:
        async with existing(chosen) as database, database.sessions.begin() as session:
            return await use(session)

    return run(work())
