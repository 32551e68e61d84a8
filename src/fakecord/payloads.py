"""Entities as Discord writes them on the wire."""

from __future__ import annotations

from fakecord import thread_payloads
from fakecord.clock import iso
from fakecord.entities import (
    Channel,
    ChannelType,
    Command,
    DirectChannel,
    Json,
    Member,
    Overwrite,
    Role,
    Thread,
    User,
    VoiceState,
)
from fakecord.world import World


def user(entity: User) -> Json:
    payload: Json = {
        "id": entity.id,
        "username": entity.username,
        "global_name": entity.global_name,
        "discriminator": "0",
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    return payload | {"bot": True} if entity.bot else payload


def own_user(entity: User) -> Json:
    """The bot's own account, as it sees itself."""
    return user(entity) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def member(world: World, entity: Member) -> Json:
    return member_who(world.users[entity.user_id], entity)


def member_who(who: User, entity: Member) -> Json:
    until = entity.timeout_until
    return {
        "user": user(who),
        "nick": entity.nick,
        "avatar": None,
        "banner": None,
        "roles": list(entity.roles),
        "joined_at": iso(entity.joined_at),
        "premium_since": None,
        "deaf": entity.deaf,
        "mute": entity.mute,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None if until is None else iso(until),
    }


def role(entity: Role) -> Json:
    payload: Json = {
        "id": entity.id,
        "name": entity.name,
        "permissions": str(entity.permissions),
        "position": entity.position,
        "color": entity.color,
        "colors": {
            "primary_color": entity.color,
            "secondary_color": None,
            "tertiary_color": None,
        },
        "hoist": entity.hoist,
        "managed": entity.managed,
        "mentionable": entity.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return payload | {"tags": {"bot_id": entity.bot_id}} if entity.bot_id else payload


def overwrite(entity: Overwrite) -> Json:
    return {
        "id": entity.id,
        "type": entity.type,
        "allow": str(entity.allow),
        "deny": str(entity.deny),
    }


def channel(entity: Channel) -> Json:
    if isinstance(entity, Thread):
        return thread_payloads.thread(entity)
    payload: Json = {
        "id": entity.id,
        "type": int(entity.type),
        "guild_id": entity.guild_id,
        "name": entity.name,
        "position": entity.position,
        "parent_id": entity.parent_id,
        "permission_overwrites": [overwrite(each) for each in entity.overwrites],
        "flags": entity.flags,
    }
    if entity.type == ChannelType.CATEGORY:
        return payload
    payload |= {
        "nsfw": entity.nsfw,
        "rate_limit_per_user": entity.rate_limit_per_user,
        "last_message_id": entity.last_message_id,
    }
    if entity.last_pin is not None:
        payload["last_pin_timestamp"] = iso(entity.last_pin)
    if entity.vocal:
        return payload | {
            "bitrate": entity.bitrate,
            "user_limit": entity.user_limit,
            "rtc_region": entity.rtc_region,
            "video_quality_mode": entity.video_quality_mode,
        }
    return payload | {"topic": entity.topic}


def direct_channel(world: World, entity: DirectChannel) -> Json:
    return {
        "id": entity.id,
        "type": int(ChannelType.DM),
        "flags": 0,
        "last_message_id": entity.last_message_id,
        "recipients": [user(world.users[entity.recipient_id])],
    }


def voice_state(world: World, entity: VoiceState) -> Json:
    payload = bare_voice_state(entity) | {"guild_id": entity.guild_id}
    who = world.guilds[entity.guild_id].members.get(entity.user_id)
    return payload | {"member": member(world, who)} if who else payload


def bare_voice_state(entity: VoiceState) -> Json:
    """As it stands inside of GUILD_CREATE: without guild and member."""
    return {
        "user_id": entity.user_id,
        "channel_id": entity.channel_id,
        "session_id": entity.session_id,
        "deaf": entity.deaf,
        "mute": entity.mute,
        "self_deaf": entity.self_deaf,
        "self_mute": entity.self_mute,
        "self_video": entity.self_video,
        "self_stream": entity.self_stream,
        "suppress": entity.suppress,
        "request_to_speak_timestamp": None,
    }


def command(world: World, entity: Command) -> Json:
    payload: Json = {
        "id": entity.id,
        "application_id": world.application.id,
        "version": entity.version,
        "type": entity.type,
        "name": entity.name,
        **entity.definition,
    }
    return payload | {"guild_id": entity.guild_id} if entity.guild_id else payload


def application(world: World) -> Json:
    entity = world.application
    told: Json = {"tags": list(entity.tags)} if entity.tags else {}
    if entity.install_url is not None:
        told["custom_install_url"] = entity.install_url
    return told | {
        "id": entity.id,
        "name": entity.name,
        "icon": None,
        "description": entity.description,
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "owner": _owner(world),
        "team": _team(world),
        "summary": "",
        "redirect_uris": list(entity.redirect_uris),
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    }


def _owner(world: World) -> Json:
    """Of a team's application: a user that stands for the team."""
    entity = world.application
    if entity.team is not None:
        return user(User(id=entity.id, username=f"team{entity.id}"))
    first = next((each for each in world.users.values() if not each.bot), world.bot)
    return user(world.users.get(entity.owner_id or "", first))


def _team(world: World) -> Json | None:
    entity = world.application
    if entity.team is None:
        return None
    return {
        "id": entity.id,
        "name": f"{entity.name}'s team",
        "icon": None,
        "owner_user_id": entity.team[0].user_id,
        "members": [
            {
                "membership_state": member.membership_state,
                "team_id": entity.id,
                "user": user(world.users[member.user_id]),
                "role": member.role,
                "permissions": ["*"],
            }
            for member in entity.team
        ],
    }
