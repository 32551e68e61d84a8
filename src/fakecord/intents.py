"""Which events a session gets.

https://docs.discord.com/developers/events/gateway#list-of-intents
"""

from __future__ import annotations

from enum import IntFlag

from fakecord.entities import Json


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


KNOWN = (1 << 26) - 1
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT
GUILD_EVENTS = {
    **dict.fromkeys(
        (
            "GUILD_CREATE",
            "GUILD_UPDATE",
            "GUILD_DELETE",
            "GUILD_ROLE_CREATE",
            "GUILD_ROLE_UPDATE",
            "GUILD_ROLE_DELETE",
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "VOICE_CHANNEL_STATUS_UPDATE",
            "VOICE_CHANNEL_START_TIME_UPDATE",
            "CHANNEL_PINS_UPDATE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "THREAD_LIST_SYNC",
            "THREAD_MEMBER_UPDATE",
            "STAGE_INSTANCE_CREATE",
            "STAGE_INSTANCE_UPDATE",
            "STAGE_INSTANCE_DELETE",
        ),
        int(Intent.GUILDS),
    ),
    **dict.fromkeys(
        (
            "GUILD_SCHEDULED_EVENT_CREATE",
            "GUILD_SCHEDULED_EVENT_UPDATE",
            "GUILD_SCHEDULED_EVENT_DELETE",
            "GUILD_SCHEDULED_EVENT_USER_ADD",
            "GUILD_SCHEDULED_EVENT_USER_REMOVE",
        ),
        int(Intent.GUILD_SCHEDULED_EVENTS),
    ),
    **dict.fromkeys(
        (
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_REACTION_REMOVE_ALL",
            "MESSAGE_REACTION_REMOVE_EMOJI",
        ),
        int(Intent.GUILD_MESSAGE_REACTIONS),
    ),
    "THREAD_MEMBERS_UPDATE": int(Intent.GUILD_MEMBERS),
    "GUILD_BAN_ADD": int(Intent.GUILD_MODERATION),
    "GUILD_BAN_REMOVE": int(Intent.GUILD_MODERATION),
    "WEBHOOKS_UPDATE": int(Intent.GUILD_WEBHOOKS),
    "INVITE_CREATE": int(Intent.GUILD_INVITES),
    "INVITE_DELETE": int(Intent.GUILD_INVITES),
    "MESSAGE_DELETE_BULK": int(Intent.GUILD_MESSAGES),
    "GUILD_MEMBER_ADD": int(Intent.GUILD_MEMBERS),
    "GUILD_MEMBER_UPDATE": int(Intent.GUILD_MEMBERS),
    "GUILD_MEMBER_REMOVE": int(Intent.GUILD_MEMBERS),
    "GUILD_AUDIT_LOG_ENTRY_CREATE": int(Intent.GUILD_MODERATION),
    "VOICE_STATE_UPDATE": int(Intent.GUILD_VOICE_STATES),
    "MESSAGE_CREATE": int(Intent.GUILD_MESSAGES),
    "MESSAGE_UPDATE": int(Intent.GUILD_MESSAGES),
    "MESSAGE_DELETE": int(Intent.GUILD_MESSAGES),
    "TYPING_START": int(Intent.GUILD_MESSAGE_TYPING),
}
DIRECT_EVENTS = {
    "MESSAGE_CREATE": int(Intent.DIRECT_MESSAGES),
    "MESSAGE_UPDATE": int(Intent.DIRECT_MESSAGES),
    "MESSAGE_DELETE": int(Intent.DIRECT_MESSAGES),
    "TYPING_START": int(Intent.DIRECT_MESSAGE_TYPING),
    "CHANNEL_PINS_UPDATE": int(Intent.DIRECT_MESSAGES),
    "MESSAGE_REACTION_ADD": int(Intent.DIRECT_MESSAGE_REACTIONS),
    "MESSAGE_REACTION_REMOVE": int(Intent.DIRECT_MESSAGE_REACTIONS),
    "MESSAGE_REACTION_REMOVE_ALL": int(Intent.DIRECT_MESSAGE_REACTIONS),
    "MESSAGE_REACTION_REMOVE_EMOJI": int(Intent.DIRECT_MESSAGE_REACTIONS),
}


def wants(intents: int, name: str, data: Json, *, in_guild: bool, bot_id: str) -> bool:
    """Events about the bot itself come without an intent."""
    needed = (GUILD_EVENTS if in_guild else DIRECT_EVENTS).get(name, 0)
    if not needed or intents & needed:
        return True
    return _about_bot(name, data, bot_id)


def _about_bot(name: str, data: Json, bot_id: str) -> bool:
    if name == "VOICE_STATE_UPDATE":
        return bool(data["user_id"] == bot_id)
    if name == "GUILD_MEMBER_UPDATE":
        return bool(data["user"]["id"] == bot_id)
    if name == "THREAD_MEMBERS_UPDATE":
        added = (each["user_id"] for each in data.get("added_members") or ())
        return bot_id in (*added, *(data.get("removed_member_ids") or ()))
    return False


def shows_content(intents: int, data: Json, bot_id: str) -> bool:
    """Whether a message's content is sent: the bot's own, to it, or with the intent."""
    if intents & Intent.MESSAGE_CONTENT or "guild_id" not in data:
        return True
    mentioned = any(user["id"] == bot_id for user in data["mentions"])
    return mentioned or data["author"]["id"] == bot_id


def without_content(data: Json) -> Json:
    return data | {"content": "", "embeds": [], "attachments": [], "components": []}
