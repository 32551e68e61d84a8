"""`python -m bench.bots.loader GUILDS MEMBERS`: how long a world of so many guilds of so many takes from its file."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from fakecord import Fakecord


async def main(guilds: str, members: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.json"
        file.write_bytes(orjson.dumps(await world(int(guilds), int(members))))
        began = time.perf_counter()
        orjson.loads(file.read_bytes())
        read = time.perf_counter() - began
        async with Fakecord() as fake:
            began = time.perf_counter()
            fake.restore(file.read_bytes())
            loaded = time.perf_counter() - began
            assert len(fake.guilds) == int(guilds)
        print(json.dumps({"read": read, "loaded": loaded, "size": file.stat().st_size}), flush=True)


async def world(guilds: int, members: int) -> dict[str, Any]:
    """As exported; everybody is in one guild only."""
    async with Fakecord() as fake:
        guild = fake.guild("Bench")
        guild.member("alice", owner=True)
        exported = fake.export()
    [pattern] = exported["guilds"]
    person = next(each for each in exported["users"] if not each["bot"])
    exported["guilds"] = []
    next_id = 10**18
    for number in range(guilds):
        made = _renumbered(pattern, str(10**17 + number * 1000))
        own = made["members"][0]
        for _ in range(members - len(made["members"])):
            next_id += 1
            exported["users"].append(person | {"id": str(next_id), "username": f"user{next_id}"})
            made["members"].append(own | {"user_id": str(next_id), "roles": []})
        exported["guilds"].append(made)
    return exported


def _renumbered(pattern: dict[str, Any], guild_id: str) -> dict[str, Any]:
    """Its channels and roles with ids of their own, that of @everyone being the guild's."""
    old = {pattern["id"], *(each["id"] for each in pattern["channels"])}
    old |= {each["id"] for each in pattern["roles"]}
    text = json.dumps(pattern)
    for number, each in enumerate(sorted(old)):
        text = text.replace(
            each, guild_id if each == pattern["id"] else str(int(guild_id) + number + 1)
        )
    made: dict[str, Any] = json.loads(text)
    return made


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
