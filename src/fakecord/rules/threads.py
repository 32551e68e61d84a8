"""Threads begin, change and end.

https://docs.discord.com/developers/topics/threads
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fakecord import message_payloads, thread_payloads
from fakecord.entities import Channel, ChannelType, Json, Message, Thread, ThreadMember
from fakecord.rules import messages
from fakecord.snowflake import time_of
from fakecord.step import Step
from fakecord.world import GuildState

CREATE, UPDATE, DELETE = 110, 111, 112
RENAMED, CREATED, STARTER = 4, 18, 21
HAS_THREAD = 1 << 5
TOLD = ("name", "archived", "locked", "auto_archive_duration", "rate_limit_per_user", "invitable")


def create(
    step: Step,
    parent: Channel,
    *,
    type: int,
    name: str,
    owner_id: str,
    starter: Message | None = None,
    **given: Any,
) -> Thread:
    """A thread has the id of the message it was started from.

    The starter shows in it; a public thread without one is told of in the parent.
    """
    thread = Thread(
        id=starter.id if starter else step.new_id(),
        guild_id=parent.guild_id,
        type=type,
        name=name,
        parent_id=parent.id,
        owner_id=owner_id,
        created_at=step.now,
        archived_at=step.now,
        members=(ThreadMember(user_id=owner_id, joined_at=step.now),),
        **given,
    )
    step.put(thread)
    data = thread_payloads.thread(thread, step.world.application.id) | {"newly_created": True}
    step.emit("THREAD_CREATE", data, thread.guild_id, thread)
    told = [{"key": key, "new_value": getattr(thread, key)} for key in ("name", "type")]
    step.audit(thread.guild_id, CREATE, thread.id, told)
    if parent.type == ChannelType.FORUM:
        return thread
    if starter is not None:
        return _begin_with(step, parent, thread, starter)
    if not thread.private:
        reference: Json = {"type": 0, "channel_id": thread.id, "guild_id": thread.guild_id}
        messages.say(step, parent, owner_id, type=CREATED, content=name, reference=reference)
    return thread


def _begin_with(step: Step, parent: Channel, thread: Thread, starter: Message) -> Thread:
    marked = replace(starter, flags=starter.flags | HAS_THREAD)
    step.put(marked)
    data = message_payloads.message_event(step.world, marked)
    data["thread"] = thread_payloads.thread(thread)
    step.emit("MESSAGE_UPDATE", data, thread.guild_id, parent)
    reference: Json = {
        "type": 0,
        "channel_id": parent.id,
        "message_id": starter.id,
        "guild_id": thread.guild_id,
    }
    messages.say(step, thread, starter.author_id, type=STARTER, reference=reference, joins=False)
    return thread


def update(step: Step, thread: Thread, **given: Any) -> Thread:
    changed = replace(thread, **given)
    if changed == thread:
        return thread
    if changed.archived != thread.archived:
        changed = replace(changed, archived_at=step.now)
    step.put(changed)
    step.emit("THREAD_UPDATE", thread_payloads.thread(changed), thread.guild_id, changed)
    told = [
        {"key": key, "old_value": getattr(thread, key), "new_value": getattr(changed, key)}
        for key in TOLD
        if getattr(thread, key) != getattr(changed, key)
    ]
    if told:
        step.audit(thread.guild_id, UPDATE, thread.id, told)
    if changed.name != thread.name and not changed.archived:
        messages.say(step, changed, step.actor_id, type=RENAMED, content=changed.name)
    return changed


def expire(step: Step, thread: Thread) -> None:
    """Nobody has done it, so no audit entry tells of it."""
    changed = replace(thread, archived=True, archived_at=step.now)
    step.put(changed)
    step.emit("THREAD_UPDATE", thread_payloads.thread(changed), thread.guild_id, changed)


def idle_until(thread: Thread) -> float | None:
    """When it is archived if nothing more is said; None for one that is."""
    if thread.archived:
        return None
    spoken = time_of(thread.last_message_id) if thread.last_message_id else 0.0
    return max(spoken, thread.archived_at) + thread.auto_archive_duration * 60.0


def delete(step: Step, thread: Thread) -> None:
    step.remove(thread)
    data: Json = {
        "id": thread.id,
        "guild_id": thread.guild_id,
        "parent_id": thread.parent_id,
        "type": int(thread.type),
    }
    step.emit("THREAD_DELETE", data, thread.guild_id, thread)
    told = [{"key": "name", "old_value": thread.name}]
    step.audit(thread.guild_id, DELETE, thread.id, told)


def of(state: GuildState, channel_id: str) -> list[Thread]:
    """Those of one channel."""
    return [each for each in state.threads.values() if each.parent_id == channel_id]
