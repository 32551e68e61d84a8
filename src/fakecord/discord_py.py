"""An unmodified discord.py in this process, by clear text: where it keeps Discord's addresses, ours stand.

A module of its own, for those who use discord.py: fakecord needs none. With voice, or beside a client
that goes elsewhere, take ``Fakecord(tls=True)`` and ``connector=fake.connector()`` instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
import yarl

from fakecord.fakecord import Fakecord


@contextmanager
def in_clear(fake: Fakecord) -> Iterator[None]:
    """All of discord.py in this process goes to *fake*, as long as the block lasts."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = route.BASE, socket.DEFAULT_GATEWAY
    route.BASE, socket.DEFAULT_GATEWAY = fake.api_url, yarl.URL(fake.gateway_url + "/")
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def connected(fake: Fakecord, bot: discord.Client) -> AsyncIterator[None]:
    """The bot is logged in and ready in the block, and closed after it; what ends it early is raised."""
    task = asyncio.create_task(bot.start(fake.token))
    ready = asyncio.create_task(_until_ready(fake, bot))
    try:
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        await ready
        yield
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.gather(task, ready, return_exceptions=True)


@asynccontextmanager
async def running(bot: discord.Client, fake: Fakecord) -> AsyncIterator[None]:
    """Both: ``async with running(MyBot(), fake):``."""
    with in_clear(fake):
        async with connected(fake, bot):
            yield


async def _until_ready(fake: Fakecord, bot: discord.Client) -> None:
    """discord.py refuses to be waited for before it has begun to log in."""
    await fake.until(lambda: fake.gateway.connected)
    await bot.wait_until_ready()
