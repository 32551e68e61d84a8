"""What a bot tries, and is allowed or refused: told to whoever plays Discord, which only discord.py knows of here."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

NOBODY = 1_000_000_000_000_000_000


@dataclass(frozen=True)
class Stage:
    """A guild of this case's own: the bot may do everything but administer it, its role is above all others."""

    guild: discord.Guild
    text: discord.TextChannel
    voice: discord.VoiceChannel
    alice: discord.Member
    """A member like any other, who sits nowhere."""
    may: Callable[[discord.Permissions], Awaitable[None]]
    """From now on the bot's own role allows just these, and @everyone nothing."""
    alice_says: Callable[[str], Awaitable[discord.Message]]
    """In the text channel."""


Case = Callable[[Stage], Awaitable[Any]]
CASES: dict[str, Case] = {}


def case(made: Case) -> Case:
    CASES[made.__name__.replace("_", " ")] = made
    return made


async def outcome(tried: Case, stage: Stage) -> str:
    try:
        await tried(stage)
    except discord.HTTPException as refused:
        return f"{refused.status} {refused.code}"
    return "ok"


NEEDS: dict[str, tuple[str, Case]] = {
    "create a channel": ("manage_channels", lambda s: s.guild.create_text_channel("x")),
    "edit a channel": ("manage_channels", lambda s: s.text.edit(topic="x")),
    "delete a channel": ("manage_channels", lambda s: s.text.delete()),
    "edit a voice channel": ("manage_channels", lambda s: s.voice.edit(user_limit=3)),
    "overwrite for a member": (
        "manage_roles",
        lambda s: s.text.set_permissions(s.alice, send_messages=False),
    ),
    "create a role": ("manage_roles", lambda s: s.guild.create_role(name="x")),
    "say": ("send_messages", lambda s: s.text.send("x")),
    "say where it does not see": ("view_channel", lambda s: s.text.send("x")),
    "edit where it does not see": ("view_channel", lambda s: s.text.edit(topic="x")),
    "kick": ("kick_members", lambda s: s.alice.kick()),
    "ban": ("ban_members", lambda s: s.alice.ban()),
    "list bans": ("ban_members", lambda s: s.guild.fetch_ban(discord.Object(NOBODY))),
    "time out": ("moderate_members", lambda s: s.alice.timeout(datetime.timedelta(hours=1))),
    "rename a member": ("manage_nicknames", lambda s: s.alice.edit(nick="x")),
    "make a webhook": ("manage_webhooks", lambda s: s.text.create_webhook(name="x")),
    "list webhooks": ("manage_webhooks", lambda s: s.text.webhooks()),
    "make an invite": ("create_instant_invite", lambda s: s.text.create_invite()),
    "list invites": ("manage_guild", lambda s: s.guild.invites()),
    "start a thread": (
        "create_public_threads",
        lambda s: s.text.create_thread(name="x", type=discord.ChannelType.public_thread),
    ),
    "rename the guild": ("manage_guild", lambda s: s.guild.edit(name="other")),
    "read the audit log": ("view_audit_log", lambda s: anext(s.guild.audit_logs(limit=1))),
}
"""What needs which permission: tried with all permissions but that one."""


def without(permission: str, deed: Case) -> Case:
    async def tried(stage: Stage) -> None:
        await stage.may(discord.Permissions(**dict(_everything()) | {permission: False}))
        await deed(stage)

    return tried


def _everything() -> discord.Permissions:
    everything = discord.Permissions.all()
    everything.administrator = False
    return everything


for _name, (_permission, _deed) in NEEDS.items():
    CASES[f"{_name} without {_permission}"] = without(_permission, _deed)


@case
async def a_member_who_is_not_in_voice_is_moved(stage: Stage) -> None:
    await stage.alice.move_to(stage.voice)


@case
async def the_owner_is_kicked(stage: Stage) -> None:
    await stage.guild.kick(discord.Object(stage.guild.owner_id or 0))


@case
async def the_owner_is_renamed(stage: Stage) -> None:
    owner = await stage.guild.fetch_member(stage.guild.owner_id or 0)
    await owner.edit(nick="x")


@case
async def a_role_is_given(stage: Stage) -> None:
    await stage.alice.add_roles(await stage.guild.create_role(name="x"))


@case
async def the_bots_own_role_is_given(stage: Stage) -> None:
    await stage.alice.add_roles(stage.guild.me.top_role)


@case
async def the_bots_own_role_is_deleted(stage: Stage) -> None:
    await stage.guild.me.top_role.delete()


@case
async def a_role_gets_what_the_bot_has_not(stage: Stage) -> None:
    await stage.guild.create_role(name="x", permissions=discord.Permissions(administrator=True))


@case
async def an_overwrite_allows_what_the_bot_has_not(stage: Stage) -> None:
    allowed = dict(_everything()) | {"priority_speaker": False}
    await stage.may(discord.Permissions(**allowed))
    await stage.voice.set_permissions(stage.alice, priority_speaker=True)


@case
async def everyone_sees_no_more_but_a_role_does(stage: Stage) -> None:
    everyone = stage.guild.default_role
    await stage.may(discord.Permissions(**dict(_everything())))
    await stage.text.set_permissions(stage.guild.me, view_channel=True)
    await stage.text.set_permissions(everyone, view_channel=False)
    await stage.text.send("still here")


@case
async def an_unknown_channel_is_fetched(stage: Stage) -> None:
    await stage.guild.fetch_channel(NOBODY)


@case
async def an_unknown_message_is_fetched(stage: Stage) -> None:
    await stage.text.fetch_message(NOBODY)


@case
async def an_unknown_member_is_fetched(stage: Stage) -> None:
    await stage.guild.fetch_member(NOBODY)


@case
async def somebody_who_is_not_banned_is_unbanned(stage: Stage) -> None:
    await stage.guild.unban(discord.Object(NOBODY))


@case
async def nothing_is_said(stage: Stage) -> None:
    await stage.text.send("")


@case
async def exactly_enough_is_said(stage: Stage) -> None:
    await stage.text.send("x" * 2000)


@case
async def too_much_is_said(stage: Stage) -> None:
    await stage.text.send("x" * 2001)


@case
async def embeds_hold_exactly_enough(stage: Stage) -> None:
    await stage.text.send(embeds=[discord.Embed(description="x" * 3000)] * 2)


@case
async def embeds_hold_too_much(stage: Stage) -> None:
    await stage.text.send(embeds=[discord.Embed(description="x" * 3001)] * 2)


@case
async def an_embed_has_no_content(stage: Stage) -> None:
    await stage.text.send(embed=discord.Embed(title="x" * 257))


@case
async def a_name_is_too_long(stage: Stage) -> None:
    await stage.guild.create_text_channel("x" * 101)


@case
async def a_limit_is_too_high(stage: Stage) -> None:
    await stage.voice.edit(user_limit=100)


@case
async def a_slow_mode_is_too_slow(stage: Stage) -> None:
    await stage.text.edit(slowmode_delay=21_601)


@case
async def somebody_elses_message_is_edited(stage: Stage) -> None:
    said = await stage.alice_says("hello")
    await stage.text.get_partial_message(said.id).edit(content="x")


@case
async def somebody_elses_message_is_deleted(stage: Stage) -> None:
    said = await stage.alice_says("hello")
    await stage.text.get_partial_message(said.id).delete()


@case
async def somebody_elses_message_is_deleted_without_leave(stage: Stage) -> None:
    said = await stage.alice_says("hello")
    await stage.may(discord.Permissions(**dict(_everything()) | {"manage_messages": False}))
    await stage.text.get_partial_message(said.id).delete()


@case
async def one_message_has_two_threads(stage: Stage) -> None:
    said = await stage.text.send("x")
    await said.create_thread(name="one")
    await stage.text.get_partial_message(said.id).create_thread(name="two")


@case
async def one_message_is_deleted_in_bulk(stage: Stage) -> None:
    said = await stage.text.send("x")
    client = stage.guild._state
    await client.http.delete_messages(stage.text.id, [said.id])


@case
async def an_event_begins_in_the_past(stage: Stage) -> None:
    began = discord.utils.utcnow() - datetime.timedelta(hours=1)
    await stage.guild.create_scheduled_event(
        name="x", start_time=began, privacy_level=discord.PrivacyLevel.guild_only,
        entity_type=discord.EntityType.voice, channel=stage.voice,
    )  # fmt: skip


@case
async def a_message_answers_one_that_is_not_there(stage: Stage) -> None:
    await stage.text.send("x", reference=stage.text.get_partial_message(NOBODY))


@case
async def six_rows_of_buttons_are_sent(stage: Stage) -> None:
    rows = [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": f"{n}"}]}
        for n in range(6)
    ]
    parameters = discord.http.MultipartParameters({"content": "x", "components": rows}, None, None)
    await stage.guild._state.http.send_message(stage.text.id, params=parameters)


@case
async def a_timeout_is_longer_than_28_days(stage: Stage) -> None:
    await stage.alice.timeout(datetime.timedelta(days=29))


@case
async def a_category_stands_in_a_category(stage: Stage) -> None:
    one = await stage.guild.create_category("one")
    two = await stage.guild.create_category("two")
    await stage.guild._state.http.edit_channel(two.id, reason=None, parent_id=one.id)


@case
async def a_message_is_said_in_a_category(stage: Stage) -> None:
    category = await stage.guild.create_category("one")
    parameters = discord.http.MultipartParameters({"content": "x"}, None, None)
    await stage.guild._state.http.send_message(category.id, params=parameters)


@case
async def the_everyone_role_is_deleted(stage: Stage) -> None:
    await stage.guild.default_role.delete()


@case
async def a_reaction_is_no_emoji(stage: Stage) -> None:
    said = await stage.text.send("x")
    await said.add_reaction("no emoji")
