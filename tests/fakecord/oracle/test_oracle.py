"""fakecord and simcord, which know nothing of each other, say the same; where not, Discord's documentation decides."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
from pathlib import Path

import discord
import pytest

from fakecord import Fakecord, permissions
from fakecord.discord_py import running
from fakecord.entities import Channel, Guild, Member, Overwrite, Role
from fakecord.permissions import ALL, NEEDS_SEND_MESSAGES, VOICE, Permission
from fakecord.world import GuildState
from tests.fakecord.oracle import cases

pytestmark = pytest.mark.clients
ROOT = Path(__file__).parents[3]
DIFFERENT: dict[str, tuple[str, str, str]] = {
    "list bans without ban_members": ("403 50013", "404 10026", "resources/guild#get-guild-ban"),
    "an overwrite allows what the bot has not": (
        "403 50013", "ok", "resources/channel#edit-channel-permissions",
    ),
    "an unknown member is fetched": ("404 10013", "404 10007", "topics/opcodes-and-status-codes#json"),
    "nothing is said": ("400 50006", "400 50035", "topics/opcodes-and-status-codes#json"),
    "a name is too long": ("400 50035", "ok", "resources/channel#modify-channel"),
    "a limit is too high": ("400 50035", "ok", "resources/channel#modify-channel"),
    "a slow mode is too slow": ("400 50035", "ok", "resources/channel#modify-channel"),
    "one message has two threads": ("400 160004", "ok", "topics/opcodes-and-status-codes#json"),
    "one message is deleted in bulk": (
        "400 50016", "400 50035", "topics/opcodes-and-status-codes#json",
    ),
    "an event begins in the past": ("400 50035", "ok", "resources/guild-scheduled-event"),
    "a message answers one that is not there": (
        "400 50035", "ok", "resources/message#message-reference-structure",
    ),
    "a timeout is longer than 28 days": ("400 50035", "ok", "resources/guild#modify-guild-member"),
    "a message is said in a category": ("400 50008", "ok", "topics/opcodes-and-status-codes#json"),
    "the everyone role is deleted": (
        "400 50028", "403 50013", "topics/opcodes-and-status-codes#json",
    ),
    "a reaction is no emoji": ("404 10014", "ok", "topics/opcodes-and-status-codes#json"),
}  # fmt: skip
"""Case: what fakecord says, what simcord says, and the page of docs.discord.com for which it stays."""


def setups():
    """300 guilds, channels and members, the same each time."""
    dice = random.Random(7)

    def bits(wanted=ALL & ~Permission.ADMINISTRATOR):
        return dice.getrandbits(54) & dice.getrandbits(54) & wanted

    for _ in range(300):
        roles = [
            bits() | bits(),
            *(bits() for _ in range(dice.randrange(4))),
        ]
        if dice.random() < 0.05:
            roles[-1] |= Permission.ADMINISTRATOR
        targets = [(1, 0), (2, 1), *((number + 100, 0) for number in range(1, len(roles)))]
        chosen = [each for each in targets if dice.random() < 0.6]
        yield {
            "owner": dice.random() < 0.05,
            "timed_out": dice.random() < 0.2,
            "type": dice.choice([0, 2]),
            "roles": roles,
            "overwrites": [(target, kind, bits(), bits()) for target, kind in chosen],
        }


@pytest.fixture(scope="module")
def simcord():
    """What it says: `outcomes` of the cases, and `bits` of the setups."""
    done = subprocess.run(
        [os.environ["RALLYPOINT_TEST_CLIENTS"], "-m", "tests.fakecord.oracle.simcord_side"],
        input=json.dumps(list(setups())), capture_output=True, text=True, timeout=50, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_they_compute_the_same_permissions_but_for_what_is_implied(simcord):
    """simcord leaves implied denials to the action:
    https://docs.discord.com/developers/topics/permissions#implicit-permissions"""
    strange = []
    for setup, theirs in zip(setups(), map(int, simcord["bits"]), strict=True):
        ours, theirs = computed(setup), theirs & ALL
        implied = NEEDS_SEND_MESSAGES | VOICE | Permission.MANAGE_CHANNELS | Permission.MANAGE_ROLES
        unseen = not theirs & Permission.VIEW_CHANNEL
        if (
            ours != (0 if unseen else ours)
            or ours & ~theirs
            or (not unseen and theirs & ~ours & ~implied)
        ):
            strange.append((setup, ours, theirs))

    assert strange == []


def computed(setup):
    state = GuildState(Guild(id="1", name="x", owner_id="2" if setup["owner"] else "3"))
    for number, role in enumerate(setup["roles"]):
        role_id = str(number + 100 if number else 1)
        state.roles[role_id] = Role(id=role_id, guild_id="1", name="x", permissions=role)
    member = Member(
        guild_id="1",
        user_id="2",
        roles=tuple(state.roles)[1:],
        joined_at=0.0,
        timeout_until=4e9 if setup["timed_out"] else None,
    )
    overwrites = tuple(
        Overwrite(id=str(target), type=kind, allow=allow, deny=deny)
        for target, kind, allow, deny in setup["overwrites"]
    )
    channel = Channel(id="4", guild_id="1", type=setup["type"], name="x", overwrites=overwrites)
    return permissions.in_channel(state, member, channel, 1.8e9)


@pytest.fixture(scope="module")
def fakecord_says():
    """The outcome of every case here."""

    async def tell():
        client = discord.Client(intents=discord.Intents.all(), guild_ready_timeout=0.01)
        async with Fakecord() as fake:
            everything = [each for each in Permission if each != Permission.ADMINISTRATOR]
            guilds = {}
            for name in cases.CASES:
                made = fake.guild(name[:100])
                made.bot_may(*everything)
                made.member("alice")
                guilds[name] = made
            async with running(client, fake):
                stages = {name: await stage(fake, client, made) for name, made in guilds.items()}
                return {
                    name: await cases.outcome(tried, stages[name])
                    for name, tried in cases.CASES.items()
                }

    return asyncio.run(tell())


async def stage(fake, client, made):
    guild = client.get_guild(int(made.id))

    async def may(allowed):
        made.bot_may(*(each for each in Permission if each & allowed.value))
        made.everyone_may()

    async def alice_says(text):
        view = await made.member("alice").types(text, "general")
        return discord.Object(int(view.id))

    alice = await guild.fetch_member(int(made.member("alice").id))
    text, voice = (discord.utils.get(guild.channels, name=name) for name in ("general", "Lobby"))
    return cases.Stage(guild, text, voice, alice, may, alice_says)


def test_they_answer_the_same_or_it_is_known_why_not(simcord, fakecord_says):
    """One test for all: each would ask both anew in a worker of its own."""
    seen = {name: (fakecord_says[name], simcord["outcomes"][name]) for name in cases.CASES}
    unknown = {name: pair for name, pair in seen.items() if name not in DIFFERENT}
    known = {name: pair for name, pair in seen.items() if name in DIFFERENT}

    assert {name: pair for name, pair in unknown.items() if len(set(pair)) > 1} == {}
    assert known == {name: each[:2] for name, each in DIFFERENT.items()}
