"""Who is in a thread, and what speaking in it does.

https://docs.discord.com/developers/topics/threads
"""

from __future__ import annotations

from dataclasses import replace

from fakecord import payloads, thread_payloads
from fakecord.entities import Json, Thread, ThreadMember
from fakecord.step import Step


def add(step: Step, thread: Thread, user_id: str) -> Thread:
    """Nothing happens to somebody who is in it already.

    A bot that joins, or is added to, a private thread learns of it by THREAD_CREATE.
    """
    if thread.member(user_id) is not None:
        return thread
    joined = ThreadMember(user_id=user_id, joined_at=step.now)
    changed = replace(thread, members=(*thread.members, joined))
    step.put(changed)
    bot_id = step.world.application.id
    if user_id == bot_id:
        data = thread_payloads.thread(changed, bot_id)
        step.emit("THREAD_CREATE", data, thread.guild_id, changed)
    told: Json = thread_payloads.member(changed, joined)
    person = step.world.guilds[thread.guild_id].members.get(user_id)
    if person is not None:
        told |= {"member": payloads.member(step.world, person), "presence": None}
    _announce(step, changed, {"added_members": [told]}, sees=changed)
    return changed


def remove(step: Step, thread: Thread, user_id: str) -> Thread:
    kept = tuple(each for each in thread.members if each.user_id != user_id)
    if len(kept) == len(thread.members):
        return thread
    changed = replace(thread, members=kept)
    step.put(changed)
    _announce(step, changed, {"removed_member_ids": [user_id]}, sees=thread)
    return changed


def speak(step: Step, thread: Thread, author_id: str, *, counts: bool) -> Thread:
    """Who speaks is in it, and what was archived is open again; both undocumented in detail."""
    told = add(step, thread, author_id)
    if told.archived:
        told = replace(told, archived=False, archived_at=step.now)
        step.put(told)
        step.emit("THREAD_UPDATE", thread_payloads.thread(told), told.guild_id, told)
    more = int(counts)
    return replace(
        told,
        message_count=told.message_count + more,
        total_message_sent=told.total_message_sent + more,
    )


def _announce(step: Step, thread: Thread, what: Json, *, sees: Thread) -> None:
    """*sees*: the thread as it was when the bot, which may be the one removed, could look."""
    data: Json = {
        "id": thread.id,
        "guild_id": thread.guild_id,
        "member_count": len(thread.members),
    }
    step.emit("THREAD_MEMBERS_UPDATE", data | what, thread.guild_id, sees)
