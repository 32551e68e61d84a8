"""Threads as they are listed: the active ones of a guild, and the archived ones of a channel.

https://docs.discord.com/developers/resources/channel#list-public-archived-threads
"""

from __future__ import annotations

from fakecord import thread_payloads
from fakecord.clock import from_iso
from fakecord.entities import Channel, Json, Thread
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rules import threads


def list_active(call: Call) -> Json:
    state = call.state()
    active = [each for each in state.threads.values() if not each.archived]
    seen = [each for each in active if call.bits(each) & Permission.VIEW_CHANNEL]
    return _listed(call, sorted(seen, key=lambda each: -int(each.id)))


def list_archived_public(call: Call) -> Json:
    parent = call.parent()
    call.need(parent, Permission.READ_MESSAGE_HISTORY)
    return _archived(call, parent, private=False)


def list_archived_private(call: Call) -> Json:
    parent = call.parent()
    call.need(parent, Permission.READ_MESSAGE_HISTORY, Permission.MANAGE_THREADS)
    return _archived(call, parent, private=True)


def list_own_archived_private(call: Call) -> Json:
    """Those the bot has joined, newest id first."""
    parent = call.parent()
    call.need(parent, Permission.READ_MESSAGE_HISTORY)
    state = call.state(parent.guild_id)
    before = int(call.query.get("before") or 1 << 64)
    found = [
        each
        for each in threads.of(state, parent.id)
        if each.archived and each.private and each.member(call.bot_id) and int(each.id) < before
    ]
    return _page(call, sorted(found, key=lambda each: -int(each.id)))


def _archived(call: Call, parent: Channel, *, private: bool) -> Json:
    before = call.query.get("before")
    latest = from_iso(before) if before else None
    found = [
        each
        for each in threads.of(call.state(parent.guild_id), parent.id)
        if each.archived and each.private == private
        if latest is None or each.archived_at < latest
    ]
    return _page(call, sorted(found, key=lambda each: -each.archived_at))


def _page(call: Call, found: list[Thread]) -> Json:
    limit = call.number("limit", 50, 2, 100)
    return _listed(call, found[:limit]) | {"has_more": len(found) > limit}


def _listed(call: Call, found: list[Thread]) -> Json:
    own = [(thread, member) for thread in found if (member := thread.member(call.bot_id))]
    return {
        "threads": [thread_payloads.thread(each) for each in found],
        "members": [thread_payloads.member(thread, member) for thread, member in own],
        "has_more": False,
    }


routes = [
    Route("GET", "/channels/{channel_id}/threads/archived/public", list_archived_public),
    Route("GET", "/channels/{channel_id}/threads/archived/private", list_archived_private),
    Route(
        "GET",
        "/channels/{channel_id}/users/@me/threads/archived/private",
        list_own_archived_private,
    ),
    Route("GET", "/guilds/{guild_id}/threads/active", list_active),
]
