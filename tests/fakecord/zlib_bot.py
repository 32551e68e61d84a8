"""Run by test_tls: a discord.py that finds no zstandard, as in most installations, in each of its ways."""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any

from fakecord import Fakecord

sys.modules["zstandard"] = None  # type: ignore[assignment]
discord: Any = importlib.import_module("discord")
bots: Any = importlib.import_module("tests.fakecord.bots")


async def main() -> None:
    print(discord.utils._ActiveDecompressionContext.COMPRESSION_TYPE)
    for secure in (False, True):
        for shards in (1, 2):
            async with Fakecord(tls=secure) as fake:
                told = await bots.answers(fake, secure=secure, shards=shards)
            print("TLS" if secure else "clear", shards, told, sep=": ")


asyncio.run(main())
