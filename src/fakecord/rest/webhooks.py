"""Webhooks of channels: by the bot's token, and by their own.

https://docs.discord.com/developers/resources/webhook
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from fakecord import happening_payloads, message_payloads
from fakecord.entities import Channel, Json, Message, Thread
from fakecord.errors import Refusal, invalid
from fakecord.guild_entities import Webhook
from fakecord.permissions import Permission
from fakecord.rest.call import Call, Route
from fakecord.rest.forms import Form, Id
from fakecord.rest.message_forms import WebhookForm
from fakecord.rules import messages, webhooks

MOST_WEBHOOKS = 15


def _named(name: str) -> str:
    """No name may hold the words Discord keeps for itself."""
    if any(word in name.lower() for word in ("clyde", "discord")):
        raise ValueError("Username cannot contain that")
    return name


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_named)]


class CreateForm(Form):
    name: Name
    avatar: str | None = None


class EditForm(Form):
    name: Name | None = None
    avatar: str | None = None
    channel_id: Id | None = None


class OwnForm(Form):
    name: Name | None = None
    avatar: str | None = None


def create_webhook(call: Call, body: CreateForm) -> Json:
    channel = call.parent()
    call.need(channel, Permission.MANAGE_WEBHOOKS)
    state = call.state(channel.guild_id)
    if sum(each.channel_id == channel.id for each in state.webhooks.values()) >= MOST_WEBHOOKS:
        raise Refusal(30007)
    webhook = webhooks.create(call.step, channel, body.name, None)
    return _creator_shown(call, webhook)


def list_of_channel(call: Call) -> list[Json]:
    channel = call.parent()
    call.need(channel, Permission.MANAGE_WEBHOOKS)
    found = call.state(channel.guild_id).webhooks.values()
    return [_creator_shown(call, each) for each in found if each.channel_id == channel.id]


def list_of_guild(call: Call) -> list[Json]:
    state = call.state()
    call.need(state, Permission.MANAGE_WEBHOOKS)
    return [_creator_shown(call, each) for each in state.webhooks.values()]


def get_webhook(call: Call) -> Json:
    return _creator_shown(call, _managed(call))


def modify_webhook(call: Call, body: EditForm) -> Json:
    webhook = _managed(call)
    given = {key: value for key, value in body.given().items() if value is not None}
    given.pop("avatar", None)
    if "channel_id" in given:
        goal = call.world.channel(given["channel_id"])
        if goal is None or goal.guild_id != webhook.guild_id or isinstance(goal, Thread):
            raise Refusal(10003)
        call.need(goal, Permission.MANAGE_WEBHOOKS)
    return _creator_shown(call, webhooks.update(call.step, webhook, **given))


def delete_webhook(call: Call) -> None:
    webhooks.delete(call.step, _managed(call))


def get_own(call: Call) -> Json:
    return happening_payloads.webhook(call.world, of_token(call), creator=False)


def modify_own(call: Call, body: OwnForm) -> Json:
    given = {"name": body.name} if body.name is not None else {}
    changed = webhooks.update(call.step, of_token(call), **given)
    return happening_payloads.webhook(call.world, changed, creator=False)


def delete_own(call: Call) -> None:
    webhooks.delete(call.step, of_token(call))


def execute(call: Call, body: WebhookForm) -> Json | None:
    """Without `wait` there is no answer, and nobody learns the message's id."""
    webhook = of_token(call)
    place = _place(call, webhook)
    body.check_not_empty()
    given = body.checked() | {"silent": body.silent(), "tts": body.tts}
    message = webhooks.say(call.step, webhook, place, body.username, given)
    return message_payloads.message(call.world, message) if call.flag("wait") else None


def get_message(call: Call) -> Json:
    return message_payloads.message(call.world, _said(call))


def modify_message(call: Call, body: WebhookForm) -> Json:
    message = _said(call)
    body.flags = (body.flags or 0) | message.flags
    changed = messages.edit(call.step, message, **body.checked(message.attachments))
    return message_payloads.message(call.world, changed)


def delete_message(call: Call) -> None:
    messages.delete(call.step, _said(call))


def of_token(call: Call) -> Webhook:
    """10015 for an unknown one, 50027 for a wrong token."""
    webhook = call.world.webhook(call.args["application_id"])
    if webhook is None:
        raise Refusal(10015)
    if webhook.token != call.args["interaction_token"]:
        raise Refusal(50027)
    return webhook


def _place(call: Call, webhook: Webhook) -> Channel:
    """Its channel, or the thread of it that is asked for."""
    asked = call.query.get("thread_id")
    channel = call.world.channel(asked or webhook.channel_id)
    if channel is None:
        raise Refusal(10003)
    if asked is None:
        return channel
    if not isinstance(channel, Thread) or channel.parent_id != webhook.channel_id:
        raise invalid("thread_id", "CHANNEL_INVALID", "Not a thread of the webhook's channel.")
    if channel.locked:
        raise Refusal(160005)
    return channel


def _said(call: Call) -> Message:
    webhook = of_token(call)
    message = call.world.message(_place(call, webhook).id, call.args["message_id"])
    if message is None or message.webhook_id != webhook.id:
        raise Refusal(10008)
    return message


def _managed(call: Call) -> Webhook:
    webhook = call.world.webhook(call.args["webhook_id"])
    if webhook is None:
        raise Refusal(10015)
    call.need(call.state(webhook.guild_id), Permission.MANAGE_WEBHOOKS)
    return webhook


def _creator_shown(call: Call, webhook: Webhook) -> Json:
    """The token of another application's webhook is nobody else's business."""
    told = happening_payloads.webhook(call.world, webhook)
    if webhook.application_id not in (None, call.bot_id):
        told.pop("token")
    return told


# Named as for interactions: Discord has one route for both, and they share it here.
_OWN = "/webhooks/{application_id}/{interaction_token}"
routes = [
    Route("POST", "/channels/{channel_id}/webhooks", create_webhook, CreateForm),
    Route("GET", "/channels/{channel_id}/webhooks", list_of_channel),
    Route("GET", "/guilds/{guild_id}/webhooks", list_of_guild),
    Route("GET", "/webhooks/{webhook_id}", get_webhook),
    Route("PATCH", "/webhooks/{webhook_id}", modify_webhook, EditForm),
    Route("DELETE", "/webhooks/{webhook_id}", delete_webhook),
    Route("GET", _OWN, get_own, token=False),
    Route("PATCH", _OWN, modify_own, OwnForm, token=False),
    Route("DELETE", _OWN, delete_own, token=False),
]
