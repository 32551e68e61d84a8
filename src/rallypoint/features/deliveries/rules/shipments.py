"""What is handed to the carrier for an event: the same on every attempt, but for the moment of the signature. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import orjson

from rallypoint.kernel import signing
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.outlets import AmqpPublish, HttpRequest, Parcel, RedisAdd, RedisPush
from rallypoint.kernel.templates.addresses import UrlTemplate
from rallypoint.kernel.templates.texts import Template

from . import facts
from .destinations import Kind
from .facts import Fact

MOST_CHARACTERS = 2000
"""Of a Discord message (docs: Resources > Message)."""
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Target:
    """A destination, as far as it decides what is sent."""

    id: int
    guild_id: GuildId | None
    kind: Kind
    config: Mapping[str, Any]
    secrets: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """Through the bot itself."""

    channel_id: ChannelId
    text: str
    key: str


Shipment = Parcel | Say


def shipment(target: Target, fact: Fact, at: datetime) -> Shipment:
    """Raise Refused for what its template makes no sense of."""
    config = target.config
    match target.kind:
        case Kind.WEBHOOK_GET:
            return HttpRequest("GET", _url(config, fact), tenant=target.guild_id)
        case Kind.WEBHOOK_POST:
            return _post(target, fact, at)
        case Kind.DISCORD:
            return _message(target, fact)
        case Kind.REDIS_LIST:
            return RedisPush(config["key"], _body(config, fact), config.get("most"))
        case Kind.REDIS_STREAM:
            fields = {"id": fact.id.encode(), "body": _body(config, fact)}
            return RedisAdd(config["key"], fields, config.get("most"))
        case Kind.AMQP:
            return AmqpPublish(fact.kind, facts.body(fact), fact.id)
        case _:
            assert_never(target.kind)


def _url(config: Mapping[str, Any], fact: Fact) -> str:
    template, values = config["url"], facts.values(fact)
    if not config.get("prepared"):
        return UrlTemplate.parse(template, facts.VARIABLES).render(values)
    prepared = facts.prepared(fact)
    return UrlTemplate.parse(prepared.template, frozenset(prepared.values)).render(prepared.values)


def _body(config: Mapping[str, Any], fact: Fact) -> bytes:
    return facts.prepared(fact).body.encode() if config.get("prepared") else facts.body(fact)


def _post(target: Target, fact: Fact, at: datetime) -> HttpRequest:
    body = facts.body(fact)
    headers = signing.headers(fact.id, body, at=at, secrets=target.secrets)
    return HttpRequest(
        "POST",
        target.config["url"],
        headers={"content-type": JSON_TYPE, **headers},
        body=body,
        tenant=target.guild_id,
    )


def _message(target: Target, fact: Fact) -> Shipment:
    template = Template.parse(target.config["text"], facts.VARIABLES)
    text = template.render(facts.values(fact))[:MOST_CHARACTERS]
    channel_id = target.config.get("channel_id")
    if channel_id is not None:
        return Say(ChannelId(int(channel_id)), text, key=f"{fact.id}:{target.id}")
    body = orjson.dumps({"content": text, "allowed_mentions": {"parse": []}})
    headers = {"content-type": JSON_TYPE}
    return HttpRequest(
        "POST", target.config["url"], headers=headers, body=body, tenant=target.guild_id
    )
