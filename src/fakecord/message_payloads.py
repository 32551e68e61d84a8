"""Messages as Discord writes them on the wire."""

from __future__ import annotations

from dataclasses import replace

from fakecord import payloads, thread_payloads
from fakecord.clock import iso
from fakecord.entities import Interaction, Json, Message, Reaction, Thread
from fakecord.world import World

REPLY, STARTER = 19, 21
QUOTING = frozenset({REPLY, STARTER})
LOADING = 1 << 7
EPHEMERAL = 1 << 6


def message(world: World, entity: Message) -> Json:
    payload: Json = {
        "id": entity.id,
        "channel_id": entity.channel_id,
        "type": entity.type,
        "content": entity.content,
        "author": _author(world, entity),
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
        "pinned": entity.pinned_at is not None,
    }
    if entity.nonce is not None:
        payload["nonce"] = entity.nonce
    if entity.reference is not None:
        payload["message_reference"] = entity.reference
    if entity.interaction_id is not None:
        payload |= _of_interaction(world, entity.interaction_id)
    if entity.webhook_id is not None:
        payload["webhook_id"] = entity.webhook_id
    if entity.reactions:
        payload["reactions"] = [_reaction(world, each) for each in entity.reactions]
    thread = world.channel(entity.id)
    if isinstance(thread, Thread) and thread.parent_id == entity.channel_id:
        payload["thread"] = thread_payloads.thread(thread)
    return payload | _referenced(world, entity)


def _author(world: World, entity: Message) -> Json:
    told = payloads.user(world.users[entity.author_id])
    if entity.webhook_id is None:
        return told
    return told | {
        "discriminator": "0000",
        "username": entity.shown_as or told["username"],
        "avatar": None,
    }


def emoji(text: str) -> Json:
    """As it stands in a reaction: the character itself, or name and id."""
    name, _, emoji_id = text.partition(":")
    return {"id": emoji_id or None, "name": name}


def _reaction(world: World, entity: Reaction) -> Json:
    count = len(entity.user_ids)
    return {
        "emoji": emoji(entity.emoji),
        "count": count,
        "count_details": {"normal": count, "burst": 0},
        "burst_colors": [],
        "me": world.application.id in entity.user_ids,
        "me_burst": False,
    }


def _referenced(world: World, entity: Message) -> Json:
    """The message a reply or a thread's first line speaks of; null once it is deleted."""
    reference = entity.reference or {}
    if entity.type not in QUOTING or "message_id" not in reference:
        return {}
    found = world.message(reference["channel_id"], reference["message_id"])
    return {
        "referenced_message": None
        if found is None
        else message(world, replace(found, reference=None))
    }


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
