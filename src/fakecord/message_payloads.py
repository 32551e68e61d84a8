"""Messages as Discord writes them on the wire."""

from __future__ import annotations

from fakecord import payloads
from fakecord.clock import iso
from fakecord.entities import Interaction, Json, Message
from fakecord.world import World

LOADING = 1 << 7
EPHEMERAL = 1 << 6


def message(world: World, entity: Message) -> Json:
    payload: Json = {
        "id": entity.id,
        "channel_id": entity.channel_id,
        "type": entity.type,
        "content": entity.content,
        "author": payloads.user(world.users[entity.author_id]),
        "timestamp": iso(entity.timestamp),
        "edited_timestamp": None if entity.edited is None else iso(entity.edited),
        "flags": entity.flags,
        "embeds": entity.embeds,
        "components": entity.components,
        "attachments": entity.attachments,
        "mentions": [payloads.user(world.users[each]) for each in entity.mentions],
        "mention_roles": list(entity.mention_roles),
        "mention_everyone": entity.mention_everyone,
        "tts": entity.tts,
        "pinned": False,
    }
    if entity.nonce is not None:
        payload["nonce"] = entity.nonce
    if entity.reference is not None:
        payload["message_reference"] = entity.reference
    if entity.interaction_id is not None:
        payload |= _of_interaction(world, entity.interaction_id)
    return payload


def _of_interaction(world: World, interaction_id: str) -> Json:
    application_id = world.application.id
    payload: Json = {"application_id": application_id, "webhook_id": application_id}
    interaction = world.interactions.get(interaction_id)
    if interaction is None:
        return payload
    return payload | {"interaction_metadata": _metadata(world, interaction)}


def _metadata(world: World, interaction: Interaction) -> Json:
    told: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "user": payloads.user(world.users[interaction.user_id]),
        "authorizing_integration_owners": {"0": interaction.guild_id or "0"},
    }
    cause = world.interactions.get(interaction.cause_id or "")
    if cause is not None:
        return told | {"triggering_interaction_metadata": _metadata(world, cause)}
    if interaction.source_message_id is not None:
        return told | {"interacted_message_id": interaction.source_message_id}
    return told


def message_event(world: World, entity: Message) -> Json:
    """As MESSAGE_CREATE and MESSAGE_UPDATE carry it: with guild and member."""
    payload = message(world, entity)
    if entity.guild_id is None:
        return payload
    author = world.guilds[entity.guild_id].members.get(entity.author_id)
    payload["guild_id"] = entity.guild_id
    if author is not None:
        payload["member"] = {k: v for k, v in payloads.member(world, author).items() if k != "user"}
    return payload
