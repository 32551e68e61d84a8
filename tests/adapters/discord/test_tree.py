"""What a person is told when a command says no; the words themselves are in test_words.py."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import discord
import pytest
import structlog
from discord import app_commands
from discord.ext import commands

from fakecord import Fault
from rallypoint.adapters.discord.words import Words
from rallypoint.kernel.errors import (
    Forbidden,
    OutcomeUnknown,
    Refused,
    Unavailable,
)
from rallypoint.kernel.ids import GuildId, RoleId, UserId
from rallypoint.kernel.people import Permission
from rallypoint.ui.discord.actors import actor_of

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
FOLLOW_UP = "/webhooks/{application_id}/{interaction_token}"


class Stage(commands.Cog):
    """One command that does what the test wants."""

    def __init__(self, act):
        self.act = act

    @app_commands.command(description="Try something")
    async def attempt(self, interaction: discord.Interaction):
        await self.act(interaction)

    @app_commands.command(description="Once a minute")
    @app_commands.checks.cooldown(1, 60.0)
    async def seldom(self, interaction: discord.Interaction):
        await interaction.response.send_message("Done", ephemeral=True)

    @app_commands.command(description="Completes what you type")
    async def search(self, interaction: discord.Interaction, what: str):
        await interaction.response.send_message(what, ephemeral=True)

    @search.autocomplete("what")
    async def complete(self, interaction: discord.Interaction, typed: str):
        if typed == "boom":
            raise RuntimeError("no")
        return [app_commands.Choice(name=f"{typed}!", value=typed)]


@pytest.fixture
def perform(start, fake, home, alice):
    """`perform(act)` → what alice sees after she ran a command that does *act*."""

    async def perform(act, **options):
        words = Words({"too_many": "You have {most} open."})
        program = start(cogs=lambda: [Stage(act)], words=words, **options)
        await program.until_connected()
        await fake.until(lambda: alice.commands() != [])
        return await alice.runs("/attempt")

    return perform


def raising(error, *, after=None):
    async def act(interaction):
        if after is not None:
            await after(interaction)
        raise error

    return act


async def defer_in_public(interaction):
    await interaction.response.defer()


async def defer_in_private(interaction):
    await interaction.response.defer(ephemeral=True)


async def answer(interaction):
    await interaction.response.send_message("Working on it")


REFUSED = Refused("too_many", most=3)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(REFUSED, "You have 3 open.", id="refused"),
        pytest.param(
            Forbidden("discord_forbids", code=50013, message="Missing Permissions"),
            "Discord does not let me do that: Missing Permissions (50013). "
            "Ask an admin to look at my permissions here.",
            id="forbidden",
        ),
        pytest.param(
            Unavailable("x"), "Discord did not answer. Try again in a minute.", id="unavailable"
        ),
        pytest.param(
            Unavailable("x", retry_in=timedelta(seconds=89.7)),
            "Discord asks for a pause. Try again in 1 min 30 s.",
            id="pause",
        ),
        pytest.param(
            OutcomeUnknown("x"),
            "Discord did not say whether that was done. Look first, before you try again.",
            id="unknown",
        ),
        pytest.param(
            discord.RateLimited(40.0),
            "Discord asks for a pause. Try again in 40 s.",
            id="rate limit",
        ),
        pytest.param(
            aiohttp.ServerDisconnectedError(),
            "Discord did not say whether that was done. Look first, before you try again.",
            id="cut",
        ),
        pytest.param(
            app_commands.MissingPermissions(["manage_channels"]),
            "You need the permission **Manage Channels** for that.",
            id="missing permission",
        ),
        pytest.param(
            app_commands.BotMissingPermissions(["move_members"]),
            "I need the permission **Move Members** here. Ask an admin.",
            id="bot lacks permission",
        ),
        pytest.param(app_commands.NoPrivateMessage(), "Use this in a server.", id="direct message"),
        pytest.param(app_commands.CheckFailure(), "You may not use this here.", id="check"),
    ],
)
async def test_an_error_is_said_to_the_person_and_only_to_them(perform, error, told):
    reply = await (await perform(raising(error))).answered()

    assert reply.content == told
    assert reply.ephemeral


@pytest.mark.parametrize("after", [defer_in_public, defer_in_private, answer])
async def test_a_late_error_is_ephemeral_too(perform, fake, home, alice, after):
    view = await perform(raising(REFUSED, after=after))
    await fake.until(lambda: view.follow_ups)

    assert view.follow_ups[-1].content == "You have 3 open."
    assert view.follow_ups[-1].ephemeral
    assert "thinking" not in alice.reads("general")


async def test_a_defect_is_logged_with_an_id_that_the_person_can_quote(perform, home, alice):
    with structlog.testing.capture_logs() as logs:
        reply = await (await perform(raising(ZeroDivisionError("secret detail")))).answered()

    (entry,) = [each for each in logs if each["event"] == "discord.interaction_failed"]
    assert f"error `{entry['error_id']}`" in reply.content
    assert "secret detail" not in reply.content
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert entry["command"] == "attempt"
    assert (entry["guild_id"], entry["user_id"]) == (int(home.id), int(alice.id))
    assert str(entry["channel_id"]) == home.channel("general").id


async def test_a_refusal_never_alarms(perform):
    with structlog.testing.capture_logs() as logs:
        await (await perform(raising(REFUSED))).answered()

    assert {each["log_level"] for each in logs} == {"info"}


async def test_a_long_text_is_cut_at_discords_limit(perform):
    reply = await (await perform(raising(Refused("x" * 3000)))).answered()

    assert len(reply.content) == 2000


async def test_who_comes_too_late_is_not_told_and_nothing_breaks(perform, fake, alice):
    async def dawdle(interaction):
        fake.clock.advance(4)
        await interaction.response.send_message("Too late")

    with structlog.testing.capture_logs() as logs:
        await perform(dawdle)
        await fake.until(lambda: [r.status for r in fake.requests if r.route == CALLBACK] == [404])
        assert (await (await alice.runs("/search", what="x")).answered()).content == "x"

    assert [each["event"] for each in logs if each["log_level"] == "warning"] == [
        "discord.interaction_too_late"
    ]


async def test_an_answer_given_twice_falls_back_to_a_follow_up(perform, fake):
    async def answer_elsewhere_first(interaction):
        fake.faults.add(Fault("POST", CALLBACK, after=True, status=502))
        raise REFUSED

    view = await perform(answer_elsewhere_first)
    await fake.until(lambda: view.follow_ups)

    assert view.follow_ups[-1].content == "You have 3 open."


async def test_when_the_person_cannot_be_told_the_bot_goes_on(perform, fake, alice):
    async def act(interaction):
        fake.faults.add(Fault("POST", CALLBACK, reset=True))
        raise REFUSED

    with structlog.testing.capture_logs() as logs:
        await perform(act)
        await fake.until(lambda: len(fake.requests.matching("POST", CALLBACK)) == 1)
        assert (await (await alice.runs("/search", what="x")).answered()).content == "x"

    assert "discord.interaction_not_told" in {each["event"] for each in logs}


async def test_an_expired_interaction_is_not_taken_for_a_reset_token(start, fake, alice):
    async def dawdle(interaction):
        await interaction.response.defer()
        fake.clock.advance(16 * 60)
        await interaction.followup.send("Too late")

    program = start(cogs=lambda: [Stage(dawdle)])
    await program.until_connected()
    await fake.until(lambda: alice.commands() != [])
    with structlog.testing.capture_logs() as logs:
        await alice.runs("/attempt")
        await fake.until(lambda: fake.requests.matching("POST", FOLLOW_UP))
        assert (await (await alice.runs("/search", what="x")).answered()).content == "x"

    assert "discord.interaction_too_late" in {each["event"] for each in logs}
    assert not program.line.client.lost.is_set()


async def test_a_cooldown_says_how_long(perform, alice):
    await perform(answer)
    await (await alice.runs("/seldom")).answered()
    reply = await (await alice.runs("/seldom")).answered()

    assert reply.content in {"Try again in 1 min.", "Try again in 59 s."}


async def test_completion_goes_on_after_one_that_failed(perform, alice, fake):
    await perform(answer)
    failing = asyncio.create_task(alice.completes("/search", "what", "boom"))
    choices = await alice.completes("/search", "what", "ab")
    failing.cancel()

    assert choices == [{"name": "ab!", "value": "ab"}]


async def test_a_command_that_is_no_more_says_so(perform, start, fake, alice):
    program = start(cogs=lambda: [Stage(answer)])
    await program.until_connected()
    await fake.until(lambda: alice.commands() != [])
    program.line.client.tree.clear_commands(guild=None)

    reply = await (await alice.runs("/attempt")).answered()

    assert reply.content == "This command has changed. Reload Discord (Ctrl+R) and try again."


async def test_in_a_guild_that_is_not_allowed_it_says_so_and_does_nothing(perform, alice):
    done = []

    async def act(interaction):
        done.append(interaction)

    reply = await (await perform(act, allowed_guilds={GuildId(1)})).answered()
    await (await alice.runs("/attempt")).answered()

    assert reply.content == "I am not set up for this server. Ask the people who run me to add it."
    assert reply.ephemeral
    assert done == []


async def test_in_an_allowed_guild_it_works(perform, home):
    view = await perform(answer, allowed_guilds={GuildId(int(home.id))})

    assert (await view.answered()).content == "Working on it"


async def test_the_actor_is_who_asks_with_their_rights_and_roles(perform, home, alice):
    role = home.role("crew")
    actors = []

    async def act(interaction):
        actors.append(actor_of(interaction))
        await answer(interaction)

    bob = home.member("bob", roles=["crew"])
    await (await perform(act)).answered()
    await (await bob.runs("/attempt")).answered()

    owner, member = actors
    assert (owner.user_id, owner.guild_id) == (UserId(int(alice.id)), GuildId(int(home.id)))
    assert owner.may(Permission.MANAGE_GUILD)
    assert member.name == "bob"
    assert RoleId(int(role.id)) in member.roles
    assert member.may(Permission.CONNECT)
    assert not member.may(Permission.MANAGE_CHANNELS)
