"""Reactions to messages.

https://docs.discord.com/developers/resources/message#create-reaction
"""

from __future__ import annotations

from dataclasses import replace

from fakecord import message_payloads, payloads
from fakecord.entities import Json, Message, Reaction
from fakecord.step import Step


def add(step: Step, message: Message, emoji: str, user_id: str) -> Message:
    """Once a person and emoji; a new emoji stands last."""
    before = find(message, emoji)
    if before is None:
        reactions = (*message.reactions, Reaction(emoji=emoji, user_ids=(user_id,)))
    elif user_id in before.user_ids:
        return message
    else:
        grown = replace(before, user_ids=(*before.user_ids, user_id))
        reactions = tuple(grown if each is before else each for each in message.reactions)
    data = _of_user(message, emoji, user_id)
    data |= {"burst": False, "type": 0, "message_author_id": message.author_id}
    member = message.guild_id and step.world.guilds[message.guild_id].members.get(user_id)
    if member:
        data["member"] = payloads.member(step.world, member)
    return _change(step, message, reactions, "MESSAGE_REACTION_ADD", data)


def remove(step: Step, message: Message, emoji: str, user_id: str) -> Message:
    before = find(message, emoji)
    if before is None or user_id not in before.user_ids:
        return message
    left = replace(before, user_ids=tuple(each for each in before.user_ids if each != user_id))
    changed = (left if each is before else each for each in message.reactions)
    data = _of_user(message, emoji, user_id) | {"burst": False, "type": 0}
    kept = tuple(each for each in changed if each.user_ids)
    return _change(step, message, kept, "MESSAGE_REACTION_REMOVE", data)


def clear(step: Step, message: Message) -> Message:
    return _change(step, message, (), "MESSAGE_REACTION_REMOVE_ALL", _where(message))


def clear_emoji(step: Step, message: Message, emoji: str) -> Message:
    kept = tuple(each for each in message.reactions if each.emoji != emoji)
    data = _where(message) | {"emoji": message_payloads.emoji(emoji)}
    return _change(step, message, kept, "MESSAGE_REACTION_REMOVE_EMOJI", data)


def find(message: Message, emoji: str) -> Reaction | None:
    return next((each for each in message.reactions if each.emoji == emoji), None)


def _change(
    step: Step, message: Message, reactions: tuple[Reaction, ...], name: str, data: Json
) -> Message:
    changed = replace(message, reactions=reactions)
    step.put(changed)
    step.emit(name, data, message.guild_id, step.world.channel(message.channel_id))
    return changed


def _of_user(message: Message, emoji: str, user_id: str) -> Json:
    return _where(message) | {"user_id": user_id, "emoji": message_payloads.emoji(emoji)}


def _where(message: Message) -> Json:
    told: Json = {"channel_id": message.channel_id, "message_id": message.id}
    return told | {"guild_id": message.guild_id} if message.guild_id else told
