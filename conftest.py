"""What tests are lent: a stopped clock, a fresh database of either kind, and an engine to drain."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from fakecord import Fakecord, GuildHandle, Member
from rallypoint.adapters.db import Database, migrate
from rallypoint.adapters.discord import target
from rallypoint.adapters.discord.client import Bot
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.discord.supervisor import Supervisor
from rallypoint.adapters.discord.words import Words
from rallypoint.app import catalogue
from rallypoint.app.program import Company, Ready, up
from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.events import Gatherer, Relay, Subscriber, jobs_for
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Affinity, Engine, Job
from rallypoint.kernel.people import Operator
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.settings import FixedSettings
from rallypoint.kernel.vault import LENT, Vault
from tests.nursery.statements import share_compiled

pytest_plugins = ["tests.left_out"]
if os.environ.get("DISCORD_OPENAPI"):
    pytest_plugins.append("tests.fakecord.openapi")

POSTGRES = "RALLYPOINT_TEST_POSTGRES"
KEY = "k" * 32
"""For what is secret in databases."""

LOOK = 0.02
PATIENCE = 20.0
"""Seconds: how often a test looks for what another task or process is about to do, and for how long."""

SELDOM = 100
"""Collections of the younger ones, before all is gone through."""

_numbers = itertools.count(1)


def pytest_configure() -> None:
    share_compiled()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is given longest begins first: all would wait for one that began last."""
    items.sort(key=_longest, reverse=True)


def _longest(item: pytest.Item) -> float:
    given = item.get_closest_marker("timeout")
    return float(given.args[0]) if given else 0.0


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: to go through them again and again was a tenth of all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], SELDOM)


@pytest.fixture(autouse=True)
def discord_py_at_home() -> Iterator[None]:
    """The program points all of discord.py in its process at its Discord: the next test may have another in mind."""
    yield
    target.point_at(None)


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """For clients of httpx: each would read all certificates there are anew, which takes as long as a short test."""
    return ssl.create_default_context()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "rallypoint.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("postgres_template")
    on_server: Callable[[str], None] = request.getfixturevalue("on_server")
    name = f"{template}_{next(_numbers)}"
    on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield _server().set(database=name).render_as_string(hide_password=False)
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Nothing was ever migrated there."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rallypoint.db'}"
        return
    on_server: Callable[[str], None] = request.getfixturevalue("on_server")
    name = f"empty_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(_numbers)}"
    on_server(f'CREATE DATABASE "{name}"')
    yield _server().set(database=name).render_as_string(hide_password=False)
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with await Database.open(database_url, Vault([KEY])) as database:
        yield database


@pytest.fixture
def sessions(database: Database) -> async_sessionmaker[AsyncSession]:
    return database.sessions


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "rallypoint.db"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def on_server() -> Iterator[Callable[[str], None]]:
    """Carry out a statement on the server. By one connection: to make one takes longer than to make a database."""
    if POSTGRES not in os.environ:
        pytest.skip(f"{POSTGRES} names no PostgreSQL server; `make test` starts one")
    loop = asyncio.new_event_loop()
    url = _server().set(drivername="postgresql").render_as_string(hide_password=False)
    connection: asyncpg.Connection[Any] = loop.run_until_complete(asyncpg.connect(url))

    def execute(statement: str) -> None:
        loop.run_until_complete(connection.execute(statement))

    yield execute
    loop.run_until_complete(connection.close())
    loop.close()


@pytest.fixture(scope="session")
def postgres_template(on_server: Callable[[str], None]) -> Iterator[str]:
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    on_server(f'CREATE DATABASE "{name}"')
    asyncio.run(_migrated(_server().set(database=name).render_as_string(hide_password=False)))
    yield name
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


class NoDiscord:
    """For jobs that must not touch Discord: any use of it fails the test."""

    connected = False

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody was to call Discord, but {name} was asked for")


@pytest.fixture
def engine_for(
    sessions: async_sessionmaker[AsyncSession], clock: StoppedClock
) -> Callable[..., Engine]:
    """`engine_for(jobs)`: an engine on this test's database (or *on* another) and clock, that may run every kind."""

    def make(
        jobs: Mapping[str, Job], *, on: async_sessionmaker[AsyncSession] = sessions, **more: Any
    ) -> Engine:
        lent: dict[str, Any] = {
            "clock": clock,
            "discord": cast(Discord, NoDiscord()),
            "affinities": lambda: frozenset(Affinity),
        }
        return Engine(on, jobs, **(lent | more))

    return make


@pytest.fixture
def drain(
    sessions: async_sessionmaker[AsyncSession],
    clock: StoppedClock,
    engine_for: Callable[..., Engine],
) -> Callable[..., Any]:
    """`await drain(jobs, subscribers)`: hand on what was recorded and run what is due, until nothing is left to do.

    Returns how many attempts were made. What is due later is not touched: advance the clock.
    """

    async def run(
        jobs: Mapping[str, Job],
        subscribers: Iterable[Subscriber] = (),
        gatherers: Iterable[Gatherer] = (),
        **more: Any,
    ) -> int:
        subscribers, gatherers = list(subscribers), list(gatherers)
        relay = Relay(sessions, subscribers, clock=clock, gatherers=gatherers)
        engine = engine_for({**jobs, **jobs_for(subscribers, gatherers)}, **more)
        attempts = 0
        while await relay.drain() + (ran := await engine.drain()):
            attempts += ran
        return attempts

    return run


@pytest.fixture
async def running() -> AsyncIterator[Callable[[Engine], Any]]:
    """`running(engine)` is `engine.run()` as a task, ended with the test at the latest."""
    tasks: list[asyncio.Task[None]] = []

    def start(engine: Engine) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(engine.run()))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def fake() -> AsyncIterator[Fakecord]:
    """A Discord of this test's own, whose clock stands still."""
    async with Fakecord(port=0) as fake:
        fake.clock.freeze()
        yield fake
        assert fake.unknown_routes == []


@pytest.fixture
def guild(fake: Fakecord) -> GuildHandle:
    return fake.guild("Arena")


@pytest.fixture
def alice(guild: GuildHandle) -> Member:
    return guild.member("alice", owner=True)


@pytest.fixture
def charlie(guild: GuildHandle) -> Member:
    return guild.member("charlie")


@pytest.fixture
def audit_log(sessions: async_sessionmaker[AsyncSession]) -> Callable[..., Awaitable[Any]]:
    """`await audit_log(guild_id)`: what is known to have been changed there, the newest first; None: everywhere."""

    async def read(guild_id: int | None) -> Any:
        async with sessions.begin() as session:
            place = None if guild_id is None else GuildId(guild_id)
            return await guilds.audit_log(session, place)

    return read


@pytest.fixture
def keys(sessions: async_sessionmaker[AsyncSession]) -> Callable[..., None]:
    """`keys(OTHER)`: from now on the program has these, and no other."""

    def have(*keys: str) -> None:
        sessions.kw["info"][LENT] = Vault(keys)

    return have


@pytest.fixture
def set_setting(
    sessions: async_sessionmaker[AsyncSession], clock: StoppedClock
) -> Callable[..., Awaitable[None]]:
    """`await set_setting("rooms.empty_after", "10s", guild_id)`; without a guild, for the whole program."""

    async def put(key: str, value: str, guild_id: int | None = None) -> None:
        async with sessions.begin() as session:
            models = catalogue.setting_models()
            place = None if guild_id is None else GuildId(guild_id)
            told: dict[str, Any] = {"by": Operator(), "now": clock.now(), "guild_id": place}
            await guilds.put(session, models, key, value, **told)

    return put


@pytest.fixture
def house_rules() -> Mapping[str, Any]:
    """More settings of the house: a test's own fixture of this name says which."""
    return {}


@pytest.fixture
async def ready() -> asyncio.Future[Ready]:
    """What `house` says once it is."""
    return asyncio.get_running_loop().create_future()


@pytest.fixture
def dashboard(house: Fakecord, ready: asyncio.Future[Ready]) -> str:
    """Where the house's dashboard, and its REST interface, answers."""
    return ready.result().dashboard


@pytest.fixture
async def house(
    fake: Fakecord,
    guild: GuildHandle,
    alice: Member,
    database_url: str,
    tmp_path: Path,
    ready: asyncio.Future[Ready],
    house_rules: Mapping[str, Any],
) -> AsyncIterator[Fakecord]:
    """The whole program, running in this process on fakecord and by fakecord's clock."""
    settings = FixedSettings(
        token=SecretStr(fake.token),
        data=tmp_path,
        database_url=SecretStr(database_url),
        discord_url=fake.url,
        port=0,
        test_clock=f"{fake.url}/_control/clock/stream",
        **{"metrics_port": 0, "secret_keys": SecretStr(KEY)} | house_rules,
    )
    running = asyncio.create_task(up(settings, Company(ready=ready.set_result)))
    await asyncio.wait({running, ready}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    assert ready.done(), running
    yield fake
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def means(
    fake: Fakecord,
    guild: GuildHandle,
    alice: Member,
    sessions: async_sessionmaker[AsyncSession],
    clock: StoppedClock,
) -> AsyncIterator[Parts]:
    """What a use case needs that speaks with Discord: a real line to this test's fakecord, and nothing else running."""
    target.point_at(fake.url)
    line = Line()
    supervisor = Supervisor(line, token=fake.token, build=lambda: Bot(line, cogs=(), words=Words()))
    running = asyncio.create_task(supervisor.run())
    await fake.until(lambda: line.connected)
    yield Parts(sessions, clock, Port(line))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """`await eventually(look, wanted)`: until the coroutine function *look* returns *wanted*."""

    async def wait(look: Callable[[], Awaitable[Any]], wanted: Any) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE
        while (seen := await look()) != wanted:
            assert loop.time() < give_up_at, f"it stays at {seen}, not {wanted}"
            await asyncio.sleep(LOOK)

    return wait


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def somebody_waits(
    sessions: async_sessionmaker[AsyncSession], eventually: Callable[..., Awaitable[None]]
) -> Callable[[], Awaitable[None]]:
    """Until one transaction on PostgreSQL waits for what another one holds."""

    async def waiting() -> int | None:
        async with sessions() as session:
            return await session.scalar(text(WAITING))

    return lambda: eventually(waiting, 1)


async def _migrated(url: str) -> None:
    async with await Database.open(url) as database:
        await migrate(database)


def _server() -> URL:
    return make_url(os.environ[POSTGRES])
