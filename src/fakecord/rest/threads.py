"""Threads: started, joined, listed.

https://docs.discord.com/developers/resources/channel#start-thread-from-message
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, TypeAdapter

from fakecord import message_payloads, payloads, permissions, thread_payloads
from fakecord.entities import Channel, ChannelType, Json, Thread, ThreadMember
from fakecord.errors import Refusal
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id, read
from fakecord.rest.message_forms import MessageForm
from fakecord.rest.thread_edits import Minutes, Slowmode, check_room
from fakecord.rules import messages, thread_members, threads


class StartForm(Form):
    """From a message its parent decides the type, whatever discord.js sends as such."""

    name: str = Field(min_length=1, max_length=100)
    type: int | None = None
    auto_archive_duration: Minutes | None = None
    rate_limit_per_user: Slowmode | None = None

    def fields(self) -> Json:
        return {
            "name": self.name,
            "auto_archive_duration": self.auto_archive_duration or 4320,
            "rate_limit_per_user": self.rate_limit_per_user or 0,
        }


class BareForm(StartForm):
    type: Literal[10, 11, 12] = 12
    """Private, if nothing is said; Discord means to ask for it one day."""
    invitable: bool | None = None


class PostForm(StartForm):
    """A thread of a forum, with its first message."""

    message: MessageForm
    type: Literal[11] = 11
    """Not documented here, and sent by discord.py."""
    applied_tags: list[Id] | None = Field(default=None, max_length=5)


BARE: TypeAdapter[BareForm] = TypeAdapter(BareForm)
POST: TypeAdapter[PostForm] = TypeAdapter(PostForm)
FROM = {
    ChannelType.TEXT: ChannelType.PUBLIC_THREAD,
    ChannelType.ANNOUNCEMENT: ChannelType.ANNOUNCEMENT_THREAD,
}
WITHIN = {
    ChannelType.TEXT: (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD),
    ChannelType.ANNOUNCEMENT: (ChannelType.ANNOUNCEMENT_THREAD,),
}


def start_from_message(call: Call, body: StartForm) -> Json:
    parent = call.parent()
    if parent.type not in FROM:
        raise Refusal(50024)
    call.need(parent, Permission.CREATE_PUBLIC_THREADS, Permission.READ_MESSAGE_HISTORY)
    starter = call.message(parent)
    if call.world.channel(starter.id) is not None:
        raise Refusal(160004)
    check_room(call)
    kind = FROM[ChannelType(parent.type)]
    thread = threads.create(
        call.step, parent, type=kind, owner_id=call.bot_id, starter=starter, **body.fields()
    )
    return thread_payloads.thread(thread, call.bot_id)


def start(call: Call, body: Json) -> Json:
    parent = call.parent()
    if parent.type == ChannelType.FORUM:
        return _post(call, parent, read(POST, body))
    form: BareForm = read(BARE, body)
    if form.type not in WITHIN.get(ChannelType(parent.type), ()):
        raise Refusal(50024)
    private = ChannelType(form.type) == ChannelType.PRIVATE_THREAD
    call.need(
        parent,
        Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS,
    )
    check_room(call)
    thread = threads.create(
        call.step,
        parent,
        type=form.type,
        owner_id=call.bot_id,
        invitable=form.invitable is not False,
        **form.fields(),
    )
    return thread_payloads.thread(thread, call.bot_id)


def _post(call: Call, parent: Channel, form: PostForm) -> Json:
    """In a forum SEND_MESSAGES is what starting a thread takes."""
    call.need(parent, Permission.SEND_MESSAGES)
    check_room(call)
    form.message.check_not_empty()
    given = form.message.checked()
    thread = threads.create(
        call.step, parent, type=ChannelType.PUBLIC_THREAD, owner_id=call.bot_id, **form.fields()
    )
    silent = form.message.silent()
    message = messages.say(
        call.step, thread, call.bot_id, id=thread.id, silent=silent, joins=False, **given
    )
    return thread_payloads.thread(thread, call.bot_id) | {
        "message": message_payloads.message(call.world, message)
    }


def join(call: Call) -> None:
    thread_members.add(call.step, _open(call), call.bot_id)


def leave(call: Call) -> None:
    thread_members.remove(call.step, _open(call), call.bot_id)


def add_member(call: Call) -> None:
    """Whoever can write in a thread can add others; to one that is not invitable, who manages it."""
    thread = _open(call)
    call.need(thread, permissions.to_write(thread))
    closed = thread.private and not thread.invitable
    if closed and call.bot_id != thread.owner_id:
        call.need(thread, Permission.MANAGE_THREADS)
    member = call.member(call.state(thread.guild_id))
    thread_members.add(call.step, thread, member.user_id)


def remove_member(call: Call) -> None:
    thread = _open(call)
    if not (thread.private and thread.owner_id == call.bot_id):
        call.need(thread, Permission.MANAGE_THREADS)
    thread_members.remove(call.step, thread, _member(call, thread).user_id)


def get_member(call: Call) -> Json:
    thread = call.thread()
    return _shown(call, thread, _member(call, thread))


def list_members(call: Call) -> list[Json]:
    thread = call.thread()
    after = int(call.query.get("after") or 0)
    limit = call.number("limit", 100, 1, 100)
    ordered = sorted(thread.members, key=lambda each: int(each.user_id))
    found = [each for each in ordered if int(each.user_id) > after]
    return [_shown(call, thread, each) for each in found[:limit]]


def _open(call: Call) -> Thread:
    thread = call.thread()
    if thread.archived:
        raise Refusal(50083)
    return thread


def _member(call: Call, thread: Thread) -> ThreadMember:
    """404 for somebody who is not in it."""
    user_id = call.args["user_id"]
    found = thread.member(call.bot_id if user_id == "@me" else user_id)
    if found is None:
        raise Refusal(10007)
    return found


def _shown(call: Call, thread: Thread, member: ThreadMember) -> Json:
    told = thread_payloads.member(thread, member)
    person = call.state(thread.guild_id).members.get(member.user_id)
    if call.flag("with_member") and person is not None:
        return told | {"member": payloads.member(call.world, person)}
    return told


_MEMBERS = "/channels/{channel_id}/thread-members"
routes = [
    Route(
        "POST",
        "/channels/{channel_id}/messages/{message_id}/threads",
        start_from_message,
        StartForm,
        status=201,
    ),
    Route("POST", "/channels/{channel_id}/threads", start, Json, status=201),
    Route("PUT", _MEMBERS + "/@me", join),
    Route("DELETE", _MEMBERS + "/@me", leave),
    Route("GET", _MEMBERS, list_members),
    Route("GET", _MEMBERS + "/{user_id}", get_member),
    Route("PUT", _MEMBERS + "/{user_id}", add_member),
    Route("DELETE", _MEMBERS + "/{user_id}", remove_member),
]
