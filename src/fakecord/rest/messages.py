"""Messages."""

from __future__ import annotations

from fakecord import message_payloads, permissions
from fakecord.entities import MESSAGEABLE, Channel, DirectChannel, Json, Message, Thread
from fakecord.errors import Refusal, invalid
from fakecord.message_payloads import EPHEMERAL
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rest.message_forms import CreateForm, MessageForm
from fakecord.rules import messages
from fakecord.snowflake import time_of

OLDEST_IN_BULK = 14 * 86_400


class BulkForm(Form):
    messages: list[Id]


def create_message(call: Call, body: CreateForm) -> Json:
    place = call.place()
    _check_may_say(call, place, body)
    given = body.checked()
    if given.get("flags", 0) & EPHEMERAL:
        raise invalid("flags", "MESSAGE_FLAGS_INVALID", "Only interaction answers are ephemeral.")
    body.check_not_empty()
    if body.nonce and body.enforce_nonce:
        said = messages.same_nonce(call.step, place.id, call.bot_id, body.nonce)
        if said is not None:
            return message_payloads.message(call.world, said)
    reference = _reference(call, place, body)
    message = messages.say(
        call.step,
        place,
        call.bot_id,
        silent=body.silent(),
        nonce=body.nonce,
        tts=body.tts,
        reference=reference,
        type=19 if reference else 0,
        **given,
    )
    return message_payloads.message(call.world, message)


def _check_may_say(call: Call, place: Channel | DirectChannel, body: CreateForm) -> None:
    if isinstance(place, DirectChannel):
        if not call.world.users[place.recipient_id].takes_direct_messages or not _share_guild(
            call, place
        ):
            raise Refusal(50007)
        return
    if place.type not in MESSAGEABLE:
        raise Refusal(50008)
    needed = [permissions.to_write(place)]
    if isinstance(place, Thread) and place.locked:
        call.need(place, *needed)
        if not call.bits(place) & Permission.MANAGE_THREADS:
            raise Refusal(160005)
    if place.vocal:
        needed.append(Permission.CONNECT)
    if body.embeds:
        needed.append(Permission.EMBED_LINKS)
    if body.attachments:
        needed.append(Permission.ATTACH_FILES)
    if body.tts:
        needed.append(Permission.SEND_TTS_MESSAGES)
    if body.message_reference:
        needed.append(Permission.READ_MESSAGE_HISTORY)
    call.need(place, *needed)


def _share_guild(call: Call, place: DirectChannel) -> bool:
    return any(
        place.recipient_id in state.members and call.bot_id in state.members
        for state in call.world.guilds.values()
    )


def _reference(call: Call, place: Channel | DirectChannel, body: CreateForm) -> Json | None:
    asked = body.message_reference
    if asked is None:
        return None
    message_id = str(asked.get("message_id"))
    if call.world.message(place.id, message_id) is None:
        if asked.get("fail_if_not_exists", True):
            raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None
    return {"type": 0, "message_id": message_id, "channel_id": place.id}


def get_message(call: Call) -> Json:
    place = call.place()
    _check_may_read(call, place)
    return message_payloads.message(call.world, call.message(place))


def list_messages(call: Call) -> list[Json]:
    """Newest first. Without READ_MESSAGE_HISTORY there is nothing, and no error."""
    place = call.place()
    limit = call.number("limit", 50, 1, 100)
    if isinstance(place, Channel):
        if place.vocal:
            call.need(place, Permission.CONNECT)
        if not call.bits(place) & Permission.READ_MESSAGE_HISTORY:
            return []
    shown = [m for m in call.world.messages.get(place.id, {}).values() if not m.only_for]
    return [message_payloads.message(call.world, each) for each in _page(call, shown, limit)]


def _page(call: Call, shown: list[Message], limit: int) -> list[Message]:
    query = call.query
    if "around" in query:
        later = [message for message in shown if int(message.id) >= int(query["around"])]
        earlier = shown[: len(shown) - len(later)][::-1][: limit // 2]
        return [*later[: limit - len(earlier)][::-1], *earlier]
    if "after" in query:
        later = [message for message in shown if int(message.id) > int(query["after"])][:limit]
        return later[::-1]
    if "before" in query:
        shown = [message for message in shown if int(message.id) < int(query["before"])]
    return shown[::-1][:limit]


def _check_may_read(call: Call, place: Channel | DirectChannel) -> None:
    if isinstance(place, Channel):
        call.need(place, Permission.READ_MESSAGE_HISTORY)


def modify_message(call: Call, body: MessageForm) -> Json:
    place = call.place()
    message = call.message(place)
    if message.author_id != call.bot_id:
        raise Refusal(50005)
    if isinstance(place, Thread) and place.archived:
        raise Refusal(50083)
    body.flags = (body.flags or 0) | message.flags
    given = body.checked(message.attachments)
    return message_payloads.message(call.world, messages.edit(call.step, message, **given))


def delete_message(call: Call) -> None:
    place = call.place()
    message = call.message(place)
    if message.author_id != call.bot_id:
        if isinstance(place, DirectChannel):
            raise Refusal(50003)
        call.need(place, Permission.MANAGE_MESSAGES)
    messages.delete(call.step, message)


def bulk_delete(call: Call, body: BulkForm) -> None:
    """Ids of messages that are not there count, and are passed over."""
    channel = call.channel()
    call.need(channel, Permission.MANAGE_MESSAGES)
    ids = list(dict.fromkeys(body.messages))
    if not 2 <= len(ids) <= 100:
        raise Refusal(50016)
    if any(time_of(each) < call.step.now - OLDEST_IN_BULK for each in ids):
        raise Refusal(50034)
    known = (call.world.message(channel.id, each) for each in ids)
    found = [each for each in known if each is not None and not each.only_for]
    messages.delete_many(call.step, found)
    if found:
        options = {"count": str(len(found))}
        call.step.audit(channel.guild_id, messages.BULK_DELETE, channel.id, options=options)


def trigger_typing(call: Call) -> None:
    place = call.place()
    if isinstance(place, Channel):
        call.need(place, permissions.to_write(place))
    messages.type_in(call.step, place, call.bot_id)


routes = [
    Route("GET", "/channels/{channel_id}/messages", list_messages),
    Route("POST", "/channels/{channel_id}/messages", create_message, CreateForm),
    Route("GET", "/channels/{channel_id}/messages/{message_id}", get_message),
    Route("PATCH", "/channels/{channel_id}/messages/{message_id}", modify_message, MessageForm),
    Route("DELETE", "/channels/{channel_id}/messages/{message_id}", delete_message),
    Route("POST", "/channels/{channel_id}/messages/bulk-delete", bulk_delete, BulkForm),
    Route("POST", "/channels/{channel_id}/typing", trigger_typing),
]
