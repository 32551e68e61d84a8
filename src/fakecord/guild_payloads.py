"""Guilds as Discord writes them on the wire."""

from __future__ import annotations

from fakecord import happening_payloads, payloads, permissions, thread_payloads
from fakecord.clock import iso
from fakecord.entities import Guild, Json
from fakecord.permissions import Permission
from fakecord.snowflake import time_of
from fakecord.world import GuildState, World

OPEN = frozenset({1, 2})
"""Scheduled events that are still to be or under way."""


def guild(state: GuildState) -> Json:
    return _guild_settings(state.guild) | {
        "roles": [payloads.role(each) for each in state.roles.values()],
        "application_id": None,
        "banner": None,
        "discovery_splash": None,
        "emojis": [],
        "features": [],
        "home_header": None,
        "icon": None,
        "incidents_data": None,
        "max_members": 500_000,
        "max_presences": None,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "mfa_level": 0,
        "nsfw": False,
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "premium_subscription_count": 0,
        "premium_tier": 0,
        "public_updates_channel_id": None,
        "region": "deprecated",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "splash": None,
        "stickers": [],
        "system_channel_flags": 0,
        "vanity_url_code": None,
        "widget_channel_id": None,
        "widget_enabled": False,
    }


def _guild_settings(entity: Guild) -> Json:
    return {
        "id": entity.id,
        "name": entity.name,
        "owner_id": entity.owner_id,
        "afk_channel_id": entity.afk_channel_id,
        "afk_timeout": entity.afk_timeout,
        "system_channel_id": entity.system_channel_id,
        "verification_level": entity.verification_level,
        "default_message_notifications": entity.default_message_notifications,
        "explicit_content_filter": entity.explicit_content_filter,
        "preferred_locale": entity.preferred_locale,
        "description": entity.description,
    }


def partial_guild(state: GuildState, bits: int, bot_id: str) -> Json:
    """One of `GET /users/@me/guilds`."""
    return {
        "id": state.guild.id,
        "name": state.guild.name,
        "icon": None,
        "banner": None,
        "owner": state.guild.owner_id == bot_id,
        "permissions": str(bits),
        "features": [],
    }


def guild_create(world: World, state: GuildState, *, whole: bool) -> Json:
    """The snapshot a session gets. Unless *whole* (it asked for presences), members are only
    the bot and those in voice, as the real one sends it."""
    bot_id = world.application.id
    shown = state.members.values()
    kept = [m for m in shown if whole or m.user_id == bot_id or m.user_id in state.voice_states]
    return guild(state) | {
        "joined_at": iso(state.members[bot_id].joined_at if bot_id in state.members else time_of(state.guild.id)),
        "large": len(state.members) >= 250,
        "unavailable": False,
        "member_count": len(state.members),
        "members": [payloads.member(world, each) for each in kept],
        "voice_states": [payloads.bare_voice_state(each) for each in state.voice_states.values()],
        "channels": [
            {k: v for k, v in payloads.channel(each).items() if k != "guild_id"}
            for each in state.channels.values()
        ],
        **_happening(world, state),
        "presences": [],
        "soundboard_sounds": [],
    }  # fmt: skip


def _happening(world: World, state: GuildState) -> Json:
    """Active threads the bot sees; a timeout takes nobody's sight, so the time does not matter."""
    bot = state.members.get(world.application.id)
    seen = [
        thread_payloads.thread(each, bot.user_id)
        for each in state.threads.values()
        if bot is not None and not each.archived
        if permissions.in_channel(state, bot, each, 0.0) & Permission.VIEW_CHANNEL
    ]
    events = [each for each in state.scheduled_events.values() if each.status in OPEN]
    return {
        "threads": seen,
        "stage_instances": [
            happening_payloads.stage_instance(each) for each in state.stage_instances.values()
        ],
        "guild_scheduled_events": [
            happening_payloads.scheduled_event(world, each, counted=True) for each in events
        ],
    }
