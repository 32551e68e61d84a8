from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rallypoint.adapters.db import Database
from rallypoint.app import catalogue, program
from rallypoint.app.lifecycle import Member
from rallypoint.app.program import Company, Ready
from rallypoint.app.storage import up_to_date
from rallypoint.features.accounts import api as accounts
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.people import Operator
from rallypoint.kernel.settings import FixedSettings, Settings

from . import scene
from .child import Child, local_discord

DEMO = Operator(name="the demo")
EMPTY_AFTER = "rooms.empty_after"
SOON = "10s"
"""Nobody wants to wait for five minutes to see a room go."""


@dataclass(frozen=True, slots=True)
class Options:
    port: int = 8080
    discord_port: int = 8200
    data: Path | None = None
    """None: a folder that is gone at the end."""


async def play(options: Options, ready: Callable[[scene.Scene], None]) -> None:
    """Until cancelled. Nothing of the environment is read: a real token or database is never touched."""
    with _folder(options.data) as folder:
        world = folder / "world.json"
        async with local_discord(options.discord_port, world, scene.GUILD) as discord:
            furnished = await scene.furnish(discord.control)
            secret = await scene.client_secret(discord.control)
            operator = UserId(int(furnished.members["dana"]))
            settings = _settings(options, folder, discord, secret, operator=operator)
            async with up_to_date(settings) as database:
                await _hurry(database, GuildId(int(furnished.guild_id)))
                token = await _token(database, UserId(int(furnished.members["alice"])))

            def announce(program_is: Ready) -> None:
                places = (program_is.dashboard, discord.url, discord.control)
                ready(scene.Scene(*places, furnished, token))

            company = Company(
                playground=discord.url,
                members=[Member(name="local Discord", run=discord.watch)],
                ready=announce,
                listening=lambda dashboard: scene.lead_back(discord.control, dashboard),
            )
            await program.up(settings, company)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with TemporaryDirectory(prefix="rallypoint-demo-") as made:
            yield Path(made)
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"{data} cannot be made ({error.strerror}); choose another folder with --data"
        ) from None
    yield data


def _settings(
    options: Options, folder: Path, discord: Child, secret: str, *, operator: UserId
) -> Settings:
    return FixedSettings(
        token=discord.token,
        client_secret=secret,
        operators=[operator],
        data=folder,
        discord_url=discord.url,
        port=options.port,
        metrics_port=0,
        # So the playground's clock moves the bot's, too.
        test_clock=f"{discord.control}/clock/stream",
    )


async def _hurry(database: Database, guild_id: GuildId) -> None:
    """Have empty rooms close soon, unless somebody has set the time in this guild already."""
    models = catalogue.setting_models()
    async with database.sessions.begin() as session:
        shown = await guilds.show(session, models, guild_id)
        if not any(each.key == EMPTY_AFTER and each.origin == "guild" for each in shown):
            await guilds.put(
                session,
                models,
                EMPTY_AFTER,
                SOON,
                by=DEMO,
                now=SystemClock().now(),
                guild_id=guild_id,
            )


async def _token(database: Database, alice: UserId) -> str:
    """To try the REST interface as Alice. That of an earlier demo on the same data opens nothing any more."""
    now = SystemClock().now()
    async with database.sessions.begin() as session:
        for former in await accounts.list_tokens(session, alice):
            if former.name == DEMO.name:
                await accounts.revoke_token(session, former.id, by=DEMO, now=now)
        made = await accounts.create_token(
            session,
            user_id=alice,
            name=DEMO.name,
            # So long, because the playground's clock may be far ahead.
            days=accounts.MOST_DAYS,
            by=DEMO,
            now=now,
        )
    return made.text
