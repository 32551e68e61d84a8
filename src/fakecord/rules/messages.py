"""Messages: said, edited, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from fakecord import message_payloads, payloads
from fakecord.entities import Channel, DirectChannel, Json, Message, Thread
from fakecord.message_payloads import EPHEMERAL, LOADING
from fakecord.permissions import Permission
from fakecord.rules import thread_members
from fakecord.step import Step

DELETE, BULK_DELETE = 72, 73
TEXT_DISPLAY = 10
STARTER = 21
NONCE_WINDOW = 300.0
"""Seconds in which the same nonce gives the same message, with `enforce_nonce`."""
USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")


def say(
    step: Step,
    place: Channel | DirectChannel,
    author_id: str,
    *,
    silent: Json | None = None,
    joins: bool = True,
    **given: Any,
) -> Message:
    """*silent* is `allowed_mentions`: what it leaves out is text, not a mention.

    Without *joins* it does not count as something said in a thread.
    """
    message = Message(
        id=given.pop("id", None) or step.new_id(),
        channel_id=place.id,
        guild_id=place.guild_id if isinstance(place, Channel) else None,
        author_id=author_id,
        timestamp=step.now,
        **given,
    )
    message = replace(message, **_mentions(step, message, silent))
    step.put(message)
    if not message.flags & EPHEMERAL:
        if isinstance(place, Thread) and joins:
            place = thread_members.speak(step, place, author_id, counts=True)
        step.put(replace(place, last_message_id=message.id))
        _announce(step, "MESSAGE_CREATE", message, place)
    return message


def edit(step: Step, message: Message, **given: Any) -> Message:
    """Filling in "is thinking…" is no edit."""
    edited = message.edited if message.flags & LOADING else step.now
    changed = replace(message, edited=edited, **given)
    if "content" in given:
        changed = replace(changed, **_mentions(step, changed, None))
    step.put(changed)
    if not changed.flags & EPHEMERAL:
        _announce(step, "MESSAGE_UPDATE", changed, step.world.channel(changed.channel_id))
    return changed


def delete(step: Step, message: Message) -> None:
    step.remove(message)
    if message.flags & EPHEMERAL:
        return
    data = {"id": message.id, "channel_id": message.channel_id}
    channel = step.world.channel(message.channel_id)
    if isinstance(channel, Thread) and message.type != STARTER:
        step.put(replace(channel, message_count=max(channel.message_count - 1, 0)))
    if message.guild_id is None or channel is None:
        step.emit("MESSAGE_DELETE", data)
        return
    step.emit("MESSAGE_DELETE", data | {"guild_id": message.guild_id}, message.guild_id, channel)
    if step.actor_id != message.author_id:
        step.audit(
            message.guild_id,
            DELETE,
            message.author_id,
            options={"channel_id": message.channel_id, "count": "1"},
        )


def delete_many(step: Step, found: list[Message]) -> None:
    """Of one channel; one event for all of them."""
    if not found:
        return
    for message in found:
        step.remove(message)
    first = found[0]
    data: Json = {"ids": [each.id for each in found], "channel_id": first.channel_id}
    channel = step.world.channel(first.channel_id)
    data |= {"guild_id": first.guild_id}
    step.emit("MESSAGE_DELETE_BULK", data, first.guild_id, channel)


def same_nonce(step: Step, channel_id: str, author_id: str, nonce: str) -> Message | None:
    """What was said before with this nonce, so that saying it twice says it once."""
    for message in reversed(step.world.messages.get(channel_id, {}).values()):
        if message.timestamp < step.now - NONCE_WINDOW:
            return None
        if message.nonce == nonce and message.author_id == author_id:
            return message
    return None


def type_in(step: Step, place: Channel | DirectChannel, user_id: str) -> None:
    data: Json = {"channel_id": place.id, "user_id": user_id, "timestamp": int(step.now)}
    if isinstance(place, DirectChannel):
        step.emit("TYPING_START", data)
        return
    member = step.world.guilds[place.guild_id].members[user_id]
    data |= {"guild_id": place.guild_id, "member": payloads.member(step.world, member)}
    step.emit("TYPING_START", data, place.guild_id, place)


def _announce(
    step: Step, name: str, message: Message, place: Channel | DirectChannel | None
) -> None:
    channel = place if isinstance(place, Channel) else None
    step.emit(name, message_payloads.message_event(step.world, message), message.guild_id, channel)


def _mentions(step: Step, message: Message, silent: Json | None) -> Json:
    parse = ("users", "roles", "everyone") if silent is None else silent.get("parse") or ()
    may_ping_all = _may_mention_everyone(step, message)
    said = "\n".join([message.content, *_displayed(message.components)])
    users = _allowed(USER_MENTION.findall(said), "users", parse, silent)
    roles = _allowed(ROLE_MENTION.findall(said), "roles", parse, silent)
    loud = "@everyone" in said or "@here" in said
    return {
        "mentions": tuple(each for each in users if each in step.world.users),
        "mention_roles": tuple(roles),
        "mention_everyone": loud and "everyone" in parse and may_ping_all,
    }


def _displayed(components: Iterable[Json]) -> Iterator[str]:
    """https://docs.discord.com/developers/components/reference#text-display: mentions in it ping as content does."""
    for each in components:
        if each.get("type") == TEXT_DISPLAY:
            yield str(each.get("content", ""))
        inner = [*(each.get("components") or ()), *filter(None, [each.get("accessory")])]
        yield from _displayed(inner)


def _allowed(found: list[str], kind: str, parse: Iterable[str], silent: Json | None) -> list[str]:
    once = list(dict.fromkeys(found))
    if kind in parse:
        return once
    named = {str(each) for each in (silent or {}).get(kind) or ()}
    return [each for each in once if each in named]


def _may_mention_everyone(step: Step, message: Message) -> bool:
    channel = step.world.channel(message.channel_id)
    if channel is None:
        return False
    return bool(step.permissions(message.author_id, channel) & Permission.MENTION_EVERYONE)
