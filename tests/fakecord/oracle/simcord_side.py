"""What simcord says of each case and setup: run in the other clients' environment, setups on standard input.

A process of its own (`python -m`): simcord puts its own clock in place of `time.monotonic`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import discord
import simcord
from simcord.backend import permissions
from simcord.backend.models import Channel, Guild, Member, Overwrite, Role
from simcord.enums import OverwriteType

from tests.fakecord.oracle import cases

Json = dict[str, Any]


async def main(setups: list[Json]) -> None:
    client = discord.Client(intents=discord.Intents.all())
    outcomes = {}
    async with simcord.run(client) as env:
        now = env.now()
        for name, tried in cases.CASES.items():
            outcomes[name] = await cases.outcome(tried, await stage(env, client, name))
    bits = [str(computed(setup, now)) for setup in setups]
    print(json.dumps({"outcomes": outcomes, "bits": bits}))


async def stage(env: Any, client: discord.Client, name: str) -> cases.Stage:
    made = env.create_guild(name[:100])
    channel = made.create_text_channel("general")
    seat = made.create_voice_channel("Lobby")
    actor = made.add_member(env.create_user("alice"))
    await env.settle()
    guild = client.get_guild(made.id)
    assert guild is not None
    state = env.backend.get_guild(made.id)

    async def may(allowed: discord.Permissions) -> None:
        own = state.members[env.backend.bot_user.id].role_ids[0]
        state.roles[own].permissions = allowed.value
        state.everyone_role.permissions = 0

    async def alice_says(text: str) -> discord.Message:
        said: discord.Message = await actor.send(channel, text)
        return said

    text, voice = guild.get_channel(channel.id), guild.get_channel(seat.id)
    assert isinstance(text, discord.TextChannel)
    assert isinstance(voice, discord.VoiceChannel)
    alice = await guild.fetch_member(actor.id)
    return cases.Stage(guild, text, voice, alice, may, alice_says)


def computed(setup: Json, now: Any) -> int:
    guild = Guild(id=1, name="x", owner_id=2 if setup["owner"] else 3)
    for number, role in enumerate(setup["roles"]):
        role_id = number + 1 if number == 0 else number + 100
        guild.roles[role_id] = Role(id=role_id, name="x", permissions=role)
    held = [number + 100 for number in range(1, len(setup["roles"]))]
    timed_out = "2100-01-01T00:00:00+00:00" if setup["timed_out"] else None
    guild.members[2] = Member(user_id=2, role_ids=held, timed_out_until=timed_out)
    kinds = {0: OverwriteType.ROLE, 1: OverwriteType.MEMBER}
    overwrites = [
        Overwrite(target_id=each[0], type=kinds[each[1]], allow=each[2], deny=each[3])
        for each in setup["overwrites"]
    ]
    channel = Channel(id=4, type=setup["type"], guild_id=1, overwrites=overwrites)
    return int(permissions.compute(guild, 2, channel, now=now))


asyncio.run(main(json.load(sys.stdin)))
