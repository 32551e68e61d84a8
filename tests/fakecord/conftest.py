"""A fakecord of the test's own, people in it, and three ways to talk to it: REST, a raw gateway
client, and an unmodified discord.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from fakecord import Fakecord, GuildHandle, Member
from tests.fakecord.clients import Api, Socket


@pytest.fixture
async def fake() -> AsyncIterator[Fakecord]:
    async with Fakecord() as fake:
        yield fake


@pytest.fixture
def guild(fake: Fakecord) -> GuildHandle:
    return fake.guild("Demo")


@pytest.fixture
def alice(guild: GuildHandle) -> Member:
    return guild.member("alice", owner=True)


@pytest.fixture
def bob(guild: GuildHandle, alice: Member) -> Member:
    return guild.member("bob")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(fake: Fakecord, http: aiohttp.ClientSession) -> Api:
    """`await api("GET", "/users/@me")`, as the bot."""
    return Api(http, fake.api_url, {"Authorization": f"Bot {fake.token}"})


@pytest.fixture
def door(fake: Fakecord, http: aiohttp.ClientSession) -> Api:
    """`await door("POST", "/members/alice/join", {…})`, as a program on this machine."""
    return Api(http, f"{fake.url}/_control", {})


@pytest.fixture
async def connect(
    fake: Fakecord, http: aiohttp.ClientSession
) -> AsyncIterator[Callable[..., Awaitable[Socket]]]:
    """`await connect(compress="zlib-stream")`: a gateway connection, greeted and not identified."""
    opened: list[Socket] = []

    async def open_one(*, greeted: bool = True, **query: str) -> Socket:
        socket = Socket(await http.ws_connect(fake.gateway_url + "/", params={"v": "10", **query}))
        opened.append(socket)
        if greeted:
            await socket.next(10)
        return socket

    yield open_one
    for socket in opened:
        await socket.close()


class Bot(discord.Client):
    """An unmodified client, but for the five seconds it sleeps before it identifies again."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.01, enable_debug_events=True)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []
        self.task: asyncio.Task[None] | None = None

    async def before_identify_hook(self, shard_id: Any, *, initial: bool = False) -> None:
        return

    async def on_socket_event_type(self, event_type: str) -> None:
        self.heard.append(event_type)

    @property
    def demo(self) -> discord.Guild:
        return self.guilds[0]


@pytest.fixture
async def bot(
    fake: Fakecord, guild: GuildHandle, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Awaitable[Bot]]]:
    """`await bot(arrange)`: a discord.py client that is ready; *arrange* is handed it first."""
    monkeypatch.setattr(discord.http.Route, "BASE", fake.api_url)
    gateway = yarl.URL(fake.gateway_url + "/")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    started: list[Bot] = []

    async def start(
        arrange: Callable[[Bot], object] = lambda bot: None, *, members: bool = False
    ) -> Bot:
        intents = discord.Intents.default()
        intents.members = members
        bot = Bot(intents)
        started.append(bot)
        arrange(bot)
        bot.task = asyncio.create_task(bot.start(fake.token))
        await fake.until(lambda: fake.gateway.connected)
        await bot.wait_until_ready()
        return bot

    yield start
    for each in started:
        await each.close()
        if each.task is not None:
            await asyncio.gather(each.task, return_exceptions=True)
    await asyncio.sleep(0)
