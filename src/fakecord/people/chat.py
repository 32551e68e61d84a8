"""What people do to messages, threads and events: asked for permission as their client would."""

from __future__ import annotations

from fakecord.core import Core
from fakecord.entities import Channel, ChannelType, Message, Thread
from fakecord.people.lookup import PeopleError, find_event, may, state_of
from fakecord.permissions import Permission
from fakecord.rules import events, reactions, thread_members, threads
from fakecord.step import Step


def react(core: Core, user_id: str, message: Message, emoji: str, on: bool) -> None:
    place = core.world.channel(message.channel_id)
    first = reactions.find(message, emoji) is None
    if on and first and place is not None:
        _need(core, user_id, place, "react in", Permission.ADD_REACTIONS)
    step = core.step(user_id)
    change = reactions.add if on else reactions.remove
    change(step, message, emoji, user_id)
    core.commit(step)


def start_thread(
    core: Core, user_id: str, parent: Channel, name: str, starter: Message | None, private: bool
) -> Thread:
    kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
    if parent.type == ChannelType.ANNOUNCEMENT:
        kind = ChannelType.ANNOUNCEMENT_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    _need(core, user_id, parent, "start threads in", needed)
    if starter is not None and core.world.channel(starter.id) is not None:
        raise PeopleError("there is a thread of that message already")
    step = core.step(user_id)
    made = threads.create(step, parent, type=kind, name=name, owner_id=user_id, starter=starter)
    core.commit(step)
    return made


def join_thread(core: Core, user_id: str, thread: Channel, on: bool) -> None:
    if not isinstance(thread, Thread):
        raise PeopleError(f'"{thread.name}" is not a thread')
    step: Step = core.step(user_id)
    change = thread_members.add if on else thread_members.remove
    change(step, thread, user_id)
    core.commit(step)


def care(core: Core, guild_id: str, user_id: str, event: str, on: bool) -> None:
    """Interested in a scheduled event, or not any more."""
    state = state_of(core, guild_id)
    found = find_event(state, event)
    where = state.channels.get(found.channel_id or "")
    if where is not None:
        _need(core, user_id, where, "see")
    step = core.step(user_id)
    events.interest(step, found, user_id, on)
    core.commit(step)


def _need(core: Core, user_id: str, channel: Channel, what: str, *needed: Permission) -> None:
    state = state_of(core, channel.guild_id)
    if not may(core, state, user_id, channel, Permission.VIEW_CHANNEL, *needed):
        name = core.world.users[user_id].username
        raise PeopleError(f'{name} may not {what} "{channel.name}"')
