"""Scheduled events, stages, invites, webhooks and bans as Discord writes them on the wire."""

from __future__ import annotations

from fakecord import payloads
from fakecord.clock import iso
from fakecord.entities import Json
from fakecord.guild_entities import Ban, Invite, ScheduledEvent, StageInstance, Webhook
from fakecord.world import World

GUILD_ONLY = 2
EXTERNAL = 3


def scheduled_event(world: World, entity: ScheduledEvent, *, counted: bool = False) -> Json:
    payload: Json = {
        "id": entity.id,
        "guild_id": entity.guild_id,
        "channel_id": entity.channel_id,
        "creator_id": entity.creator_id,
        "creator": payloads.user(world.users[entity.creator_id]),
        "name": entity.name,
        "description": entity.description,
        "image": None,
        "scheduled_start_time": iso(entity.start),
        "scheduled_end_time": None if entity.end is None else iso(entity.end),
        "status": entity.status,
        "privacy_level": GUILD_ONLY,
        "entity_type": entity.entity_type,
        "entity_id": None,
        "entity_metadata": {"location": entity.location}
        if entity.entity_type == EXTERNAL
        else None,
        "recurrence_rule": None,
        "guild_scheduled_event_exceptions": [],
    }
    return payload | {"user_count": len(entity.interested)} if counted else payload


def stage_instance(entity: StageInstance) -> Json:
    return {
        "id": entity.id,
        "guild_id": entity.guild_id,
        "channel_id": entity.channel_id,
        "topic": entity.topic,
        "privacy_level": GUILD_ONLY,
        "discoverable_disabled": True,
        "guild_scheduled_event_id": entity.scheduled_event_id,
    }


def webhook(world: World, entity: Webhook, *, creator: bool = True) -> Json:
    """Fetched by its token alone it does not say who made it."""
    payload: Json = {
        "id": entity.id,
        "type": 1,
        "guild_id": entity.guild_id,
        "channel_id": entity.channel_id,
        "name": entity.name,
        "avatar": entity.avatar,
        "application_id": entity.application_id,
        "token": entity.token,
        "url": f"https://discord.com/api/webhooks/{entity.id}/{entity.token}",
    }
    return payload | {"user": payloads.user(world.users[entity.creator_id])} if creator else payload


def ban(world: World, entity: Ban) -> Json:
    return {"user": payloads.user(world.users[entity.user_id]), "reason": entity.reason}


def invite(world: World, entity: Invite) -> Json:
    state = world.guilds[entity.guild_id]
    channel = state.channels[entity.channel_id]
    ends = entity.created_at + entity.max_age if entity.max_age else None
    return {
        "type": 0,
        "code": entity.code,
        "inviter": payloads.user(world.users[entity.inviter_id]),
        "guild_id": entity.guild_id,
        "guild": {
            "id": entity.guild_id,
            "name": state.guild.name,
            "splash": None,
            "banner": None,
            "description": state.guild.description,
            "icon": None,
            "features": [],
            "verification_level": state.guild.verification_level,
            "vanity_url_code": None,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_subscription_count": 0,
        },
        "channel": {"id": channel.id, "name": channel.name, "type": int(channel.type)},
        "expires_at": None if ends is None else iso(ends),
    }


def invite_metadata(entity: Invite) -> Json:
    return {
        "uses": entity.uses,
        "max_uses": entity.max_uses,
        "max_age": entity.max_age,
        "temporary": entity.temporary,
        "created_at": iso(entity.created_at),
    }
