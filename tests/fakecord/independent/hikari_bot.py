"""A hikari bot for test_clients: `python hikari_bot.py API_URL TOKEN`, in the other clients' environment.

It says what it sees in lines of JSON, and does what lines of JSON on its standard input ask;
discord_js/bot.mjs speaks the same words.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import hikari

api, token = sys.argv[1:]
Intents = hikari.Intents
bot = hikari.GatewayBot(
    token,
    rest_url=api,
    intents=Intents.GUILDS
    | Intents.GUILD_MEMBERS
    | Intents.GUILD_MESSAGES
    | Intents.GUILD_VOICE_STATES,
    banner=None,
    logs=None,
    suppress_optimization_warning=True,
)


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def as_text(snowflake: Any) -> str | None:
    return None if snowflake is None else str(snowflake)


@bot.listen(hikari.ShardReadyEvent)
async def on_ready(event: Any) -> None:
    say(event="ready")


@bot.listen(hikari.ShardResumedEvent)
async def on_resumed(event: Any) -> None:
    say(event="resumed")


@bot.listen(hikari.VoiceStateUpdateEvent)
async def on_voice(event: Any) -> None:
    before = event.old_state.channel_id if event.old_state else None
    say(
        event="voice",
        user=as_text(event.state.user_id),
        before=as_text(before),
        after=as_text(event.state.channel_id),
    )


@bot.listen(hikari.AutocompleteInteractionCreateEvent)
async def on_autocomplete(event: Any) -> None:
    await event.interaction.create_response(
        [hikari.impl.AutocompleteChoiceBuilder(name="The world", value="world")]
    )


@bot.listen(hikari.CommandInteractionCreateEvent)
async def on_command(event: Any) -> None:
    interaction = event.interaction
    await interaction.create_initial_response(
        hikari.ResponseType.DEFERRED_MESSAGE_CREATE, flags=hikari.MessageFlag.EPHEMERAL
    )
    await interaction.edit_initial_response(f"hello {interaction.options[0].value}")
    row = hikari.impl.MessageActionRowBuilder().add_interactive_button(
        hikari.ButtonStyle.PRIMARY, "again", label="Again"
    )
    await interaction.execute("more?", component=row)


@bot.listen(hikari.ComponentInteractionCreateEvent)
async def on_click(event: Any) -> None:
    why = hikari.impl.TextInputBuilder(custom_id="why", label="Why")
    row = hikari.impl.ModalActionRowBuilder(components=[why])
    await event.interaction.create_modal_response("Tell", "reason", components=[row])


@bot.listen(hikari.ModalInteractionCreateEvent)
async def on_submit(event: Any) -> None:
    said = event.interaction.components[0][0].value
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE, f"because {said}"
    )


class Deeds:
    """What can be asked, by name."""

    async def register(self, guild: str) -> list[str]:
        application = await bot.rest.fetch_application()
        name = hikari.CommandOption(
            type=hikari.OptionType.STRING,
            name="name",
            description="Whom",
            is_required=True,
            autocomplete=True,
        )
        greet = bot.rest.slash_command_builder("greet", "Greets").add_option(name)
        made = await bot.rest.set_application_commands(application, [greet], guild=int(guild))
        return [each.name for each in made]

    async def open(self, guild: str, name: str, user: str) -> dict[str, Any]:
        connect = hikari.Permissions.CONNECT
        everyone, member = (
            hikari.PermissionOverwriteType.ROLE,
            hikari.PermissionOverwriteType.MEMBER,
        )
        channel = await bot.rest.create_guild_voice_channel(
            int(guild),
            name,
            user_limit=3,
            reason="für alice",
            permission_overwrites=[
                hikari.PermissionOverwrite(id=int(guild), type=everyone, deny=connect),
                hikari.PermissionOverwrite(id=int(user), type=member, allow=connect),
            ],
        )
        overwrites = len(channel.permission_overwrites)
        return {"id": str(channel.id), "overwrites": overwrites, "limit": channel.user_limit}

    async def lock(self, channel: str, user: str) -> str:
        await bot.rest.edit_permission_overwrite(
            int(channel),
            int(user),
            target_type=hikari.PermissionOverwriteType.MEMBER,
            deny=hikari.Permissions.CONNECT,
        )
        return channel

    async def rename(self, channel: str, name: str) -> str:
        edited = await bot.rest.edit_channel(int(channel), name=name)
        return str(edited.name)

    async def say(self, channel: str, text: str) -> str:
        message = await bot.rest.create_message(int(channel), text)
        return str(message.content)

    async def throw_out(self, guild: str, user: str) -> str:
        member = await bot.rest.edit_member(int(guild), int(user), voice_channel=None)
        return str(member.id)

    async def remove(self, channel: str) -> str:
        deleted = await bot.rest.delete_channel(int(channel))
        return str(deleted.id)

    async def look(self, guild: str, channel: str, voice: str, user: str) -> dict[str, Any]:
        """All that a bot usually looks at: whatever is missing in an answer, the library's parser stumbles over."""
        rest, home, text = bot.rest, int(guild), int(channel)
        embed = hikari.Embed(title="t").add_field("n", "v")
        said = await rest.create_message(text, "look", embed=embed)
        await rest.add_reaction(text, said, "👍")
        await rest.pin_message(text, said)
        thread = await rest.create_message_thread(text, said, "thread")
        await rest.create_message(thread, "in it")
        start = datetime.now(UTC) + timedelta(hours=1)
        event = await rest.create_voice_event(home, int(voice), "event", start)
        role = await rest.create_role(home, name="made", color=0x336699)
        await rest.add_role_to_member(home, int(user), role)
        hook = await rest.create_webhook(text, "hook")
        await rest.execute_webhook(hook, hook.token, "by hook")
        direct = await rest.create_message(await rest.create_dm_channel(int(user)), "psst")
        audit = await rest.fetch_audit_log(home).limit(1)
        await rest.fetch_guild(home)
        await rest.fetch_member(home, int(user))
        seen = {
            "roles": len(await rest.fetch_roles(home)),
            "channels": len(await rest.fetch_guild_channels(home)),
            "members": len(await rest.fetch_members(home)),
            "threads": len(await rest.fetch_active_threads(home)),
            "events": len(await rest.fetch_scheduled_events(home)),
            "history": len(await rest.fetch_messages(text).limit(10)),
            "pins": len(await rest.fetch_pins(text)),
            "reactors": len(await rest.fetch_reactions_for_emoji(text, said, "👍")),
            "hooks": len(await rest.fetch_guild_webhooks(home)),
            "audit": min(3, sum(len(page.entries) for page in audit)),
            "bans": len(await rest.fetch_bans(home)),
            "invites": len(await rest.fetch_guild_invites(home)),
            "direct": direct.content,
            "application": str((await rest.fetch_application()).id),
        }
        await rest.delete_scheduled_event(home, event)
        await rest.delete_message(text, said)
        return seen


@bot.listen(hikari.StartedEvent)
async def on_started(event: Any) -> None:
    # Apart from this listener: the bot is not started before it returns.
    keep.append(asyncio.create_task(obey()))


async def obey() -> None:
    """Until standard input ends."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    deeds = Deeds()
    while line := await reader.readline():
        given = json.loads(line)
        deed = given.pop("deed")
        try:
            say(did=deed, result=await getattr(deeds, deed)(**given))
        except hikari.HikariError as error:
            status = getattr(error, "status", None)
            code = getattr(error, "code", None)
            say(did=deed, failed={"status": status, "code": code, "says": repr(error)})
    await bot.close()


keep: list[asyncio.Task[None]] = []
# It warns of each 429; what it cannot make sense of is an error.
logging.getLogger("hikari").setLevel(logging.ERROR)
bot.run(check_for_updates=False)
