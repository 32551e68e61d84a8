"""Editing and deleting a thread, which Discord does by the routes of channels.

https://docs.discord.com/developers/resources/channel#modify-channel
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from fakecord import permissions, thread_payloads
from fakecord.entities import Json, Thread
from fakecord.errors import Refusal
from fakecord.permissions import Permission
from fakecord.rest.call import Call
from fakecord.rest.forms import Form, Id, read
from fakecord.rules import threads

MOST_ACTIVE = 1000
Minutes = Literal[60, 1440, 4320, 10080]
Slowmode = Annotated[int, Field(ge=0, le=21_600)]
OWNERS = frozenset({"name", "archived", "auto_archive_duration", "invitable"})
"""What whoever started a thread may change of it."""


class ThreadForm(Form):
    name: str | None = Field(default=None, min_length=1, max_length=100)
    archived: bool | None = None
    auto_archive_duration: Minutes | None = None
    locked: bool | None = None
    invitable: bool | None = None
    rate_limit_per_user: Slowmode | None = None
    flags: int | None = None
    applied_tags: list[Id] | None = Field(default=None, max_length=5)

    def fields(self) -> dict[str, Any]:
        given = {key: value for key, value in self.given().items() if value is not None}
        given.pop("applied_tags", None)
        return given


THREAD: TypeAdapter[ThreadForm] = TypeAdapter(ThreadForm)


def modify_thread(call: Call, thread: Thread, body: Json) -> Json:
    """Archived, it must be opened by the same request that changes anything else."""
    given = read(THREAD, body).fields()
    _check_may_change(call, thread, given)
    if thread.archived and given and given.get("archived", True):
        raise Refusal(50083)
    if thread.archived and not given.get("archived", True):
        check_room(call, thread)
    return thread_payloads.thread(threads.update(call.step, thread, **given), call.bot_id)


def _check_may_change(call: Call, thread: Thread, given: Json) -> None:
    if call.bits(thread) & Permission.MANAGE_THREADS:
        return
    if thread.locked:
        raise Refusal(50013)
    if given == {"archived": False}:
        call.need(thread, permissions.to_write(thread))
    elif thread.owner_id != call.bot_id or given.keys() - OWNERS:
        raise Refusal(50013)


def check_room(call: Call, where: Thread | None = None) -> None:
    """160006 once there are too many active threads in the guild."""
    guild_id = call.channel().guild_id if where is None else where.guild_id
    active = (each for each in call.state(guild_id).threads.values() if not each.archived)
    if sum(1 for _ in active) >= MOST_ACTIVE:
        raise Refusal(160006)


def delete_thread(call: Call, thread: Thread) -> Json:
    call.need(thread, Permission.MANAGE_THREADS)
    threads.delete(call.step, thread)
    return thread_payloads.thread(thread, call.bot_id)
