"""Run by test_discord_py: a discord.py that finds no zstandard, as most installations."""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any

from fakecord import Fakecord

sys.modules["zstandard"] = None  # type: ignore[assignment]
discord: Any = importlib.import_module("discord")
yarl = importlib.import_module("yarl")


async def main() -> None:
    async with Fakecord() as fake:
        discord.http.Route.BASE = fake.api_url
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(fake.gateway_url + "/")
        alice = fake.guild("Demo").member("alice", owner=True)
        client = discord.Client(intents=discord.Intents.default(), guild_ready_timeout=0.01)
        tree = discord.app_commands.CommandTree(client)

        async def ping(interaction) -> None:
            await interaction.response.send_message("pong")

        ping.__annotations__["interaction"] = discord.Interaction
        tree.command(description="x")(ping)

        async def sync() -> None:
            await tree.sync()

        client.setup_hook = sync
        task = asyncio.create_task(client.start(fake.token))
        await fake.until(lambda: alice.commands() and fake.gateway.connected)
        reply = await (await alice.runs("/ping")).answered()
        compress = discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE
        print(compress, reply and reply.content)
        await client.close()
        await task


asyncio.run(main())
