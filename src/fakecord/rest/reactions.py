"""Reactions to messages.

https://docs.discord.com/developers/resources/message#create-reaction
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from fakecord import payloads
from fakecord.entities import Channel, DirectChannel, Json, Message
from fakecord.errors import Refusal
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rules import reactions

MOST_EMOJIS = 20
CUSTOM = re.compile(r"\w{2,32}:\d{1,20}")


def create(call: Call) -> None:
    """The first of its kind takes ADD_REACTIONS; joining in does not."""
    place, message = _message(call)
    emoji = _emoji(call)
    if isinstance(place, Channel):
        call.need(place, Permission.READ_MESSAGE_HISTORY)
    if reactions.find(message, emoji) is None:
        if isinstance(place, Channel):
            call.need(place, Permission.ADD_REACTIONS)
        if len(message.reactions) >= MOST_EMOJIS:
            raise Refusal(30010)
    reactions.add(call.step, message, emoji, call.bot_id)


def remove_own(call: Call) -> None:
    _, message = _message(call)
    reactions.remove(call.step, message, _known(call, message), call.bot_id)


def remove_of(call: Call) -> None:
    place, message = _message(call)
    user_id = call.args["user_id"]
    if user_id != call.bot_id:
        _check_may_clear(call, place)
    reactions.remove(call.step, message, _known(call, message), user_id)


def list_users(call: Call) -> list[Json]:
    place, message = _message(call)
    if isinstance(place, Channel):
        call.need(place, Permission.READ_MESSAGE_HISTORY)
    found = reactions.find(message, _known(call, message))
    after = int(call.query.get("after") or 0)
    limit = call.number("limit", 25, 1, 100)
    ids = sorted(found.user_ids, key=int) if found else []
    shown = [each for each in ids if int(each) > after][:limit]
    return [payloads.user(call.world.users[each]) for each in shown]


def clear(call: Call) -> None:
    place, message = _message(call)
    _check_may_clear(call, place)
    reactions.clear(call.step, message)


def clear_emoji(call: Call) -> None:
    place, message = _message(call)
    _check_may_clear(call, place)
    reactions.clear_emoji(call.step, message, _known(call, message))


def _check_may_clear(call: Call, place: Channel | DirectChannel) -> None:
    if isinstance(place, DirectChannel):
        raise Refusal(50003)
    call.need(place, Permission.MANAGE_MESSAGES)


def _message(call: Call) -> tuple[Channel | DirectChannel, Message]:
    place = call.place()
    return place, call.message(place)


def _emoji(call: Call) -> str:
    """A character, or ``name:id``: anything written in plain letters is no emoji."""
    emoji = unquote(call.args["emoji_name"])
    if CUSTOM.fullmatch(emoji) or (emoji and not emoji.isascii()):
        return emoji
    # Digits, # and * are emojis once a keycap is put on them, which is not ASCII.
    raise Refusal(10014)


def _known(call: Call, message: Message) -> str:
    emoji = _emoji(call)
    if reactions.find(message, emoji) is None:
        raise Refusal(10014)
    return emoji


_ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
_ONE = _ALL + "/{emoji_name}"
routes = [
    Route("PUT", _ONE + "/@me", create),
    Route("DELETE", _ONE + "/@me", remove_own),
    Route("DELETE", _ONE + "/{user_id}", remove_of),
    Route("GET", _ONE, list_users),
    Route("DELETE", _ALL, clear),
    Route("DELETE", _ONE, clear_emoji),
]
