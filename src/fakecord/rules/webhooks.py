"""Webhooks of channels, and what they say.

https://docs.discord.com/developers/resources/webhook
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from fakecord.entities import Channel, Json, Message, User
from fakecord.guild_entities import Webhook
from fakecord.rules import messages
from fakecord.step import Step

CREATE, UPDATE, DELETE = 50, 51, 52


def create(step: Step, channel: Channel, name: str, avatar: str | None) -> Webhook:
    """Its application is the one that made it; a person's webhook has none."""
    webhook_id = step.new_id()
    bot_id = step.world.application.id
    webhook = Webhook(
        id=webhook_id,
        guild_id=channel.guild_id,
        channel_id=channel.id,
        name=name,
        token=_token(webhook_id),
        creator_id=step.actor_id,
        application_id=bot_id if step.actor_id == bot_id else None,
        avatar=avatar,
    )
    step.put(webhook, User(id=webhook_id, username=name, bot=True, webhook=True))
    _announce(step, webhook)
    told = [{"key": key, "new_value": getattr(webhook, key)} for key in ("name", "channel_id")]
    step.audit(channel.guild_id, CREATE, webhook.id, told)
    return webhook


def update(step: Step, webhook: Webhook, **given: Any) -> Webhook:
    changed = replace(webhook, **given)
    if changed == webhook:
        return webhook
    step.put(changed, replace(step.world.users[webhook.id], username=changed.name))
    _announce(step, changed)
    if changed.channel_id != webhook.channel_id:
        _announce(step, webhook)
    told = [
        {"key": key, "old_value": getattr(webhook, key), "new_value": getattr(changed, key)}
        for key in ("name", "channel_id", "avatar")
        if getattr(webhook, key) != getattr(changed, key)
    ]
    step.audit(webhook.guild_id, UPDATE, webhook.id, told)
    return changed


def delete(step: Step, webhook: Webhook) -> None:
    """What it has said stays, under its name."""
    step.remove(webhook)
    _announce(step, webhook)
    told = [{"key": "name", "old_value": webhook.name}]
    step.audit(webhook.guild_id, DELETE, webhook.id, told)


def say(step: Step, webhook: Webhook, place: Channel, shown_as: str | None, given: Json) -> Message:
    """*place* is its channel or a thread of it, which it does not join."""
    return messages.say(
        step,
        place,
        webhook.id,
        webhook_id=webhook.id,
        shown_as=shown_as,
        joins=False,
        **given,
    )


def _announce(step: Step, webhook: Webhook) -> None:
    data: Json = {"guild_id": webhook.guild_id, "channel_id": webhook.channel_id}
    channel = step.world.channel(webhook.channel_id)
    step.emit("WEBHOOKS_UPDATE", data, webhook.guild_id, channel)


def _token(webhook_id: str) -> str:
    """68 characters, and the same for the same id."""
    return hashlib.blake2b(f"webhook:{webhook_id}".encode(), digest_size=34).hexdigest()
