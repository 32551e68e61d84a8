"""What a destination may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rallypoint.kernel import misfits
from rallypoint.kernel.addresses import Address, Bounds, parse
from rallypoint.kernel.db import storable
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.templates.addresses import UrlTemplate
from rallypoint.kernel.templates.texts import Template
from rallypoint.kernel.words import Words

from .retries import DBOT, STANDARD, Patience

LONGEST_NAME = 100
_UNSHOWN = r"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
"""What cannot be shown, or turns text around."""
SHOWN = rf"^[^{_UNSHOWN}]*[^\s{_UNSHOWN}][^{_UNSHOWN}]*$"
LONGEST_URL = 2048
USUAL_TEXT = "**{{ kind }}** {{ subject }}"
DISCORD_WEBHOOK = re.compile(r"https://discord(app)?\.com/api/webhooks/\d+/[\w-]+(\?[^/]*)?")


class Kind(StrEnum):
    WEBHOOK_GET = "webhook.get"
    WEBHOOK_POST = "webhook.post"
    DISCORD = "discord"
    REDIS_LIST = "redis.list"
    REDIS_STREAM = "redis.stream"
    AMQP = "amqp"


Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]


PLACES = frozenset({"url", "channel_id"})
"""What says where to. One of them takes the place of the other."""
Prepared = Literal[True] | None
"""What is sent does not hang on the event alone: each delivery brings its own address, or its own body. For what the
program itself sends to the operator's destinations."""
KEY = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
"""Of guests."""


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ToGet(_Config):
    url: Url
    """A template."""
    patience: str = Field(default="standard", pattern="^(standard|dbot)$")
    prepared: Prepared = None


class ToPost(_Config):
    url: Url


class ToDiscord(_Config):
    channel_id: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")] | None = None
    url: Url | None = None
    """A Discord webhook's."""
    text: str = USUAL_TEXT

    @model_validator(mode="after")
    def _is_one(self) -> ToDiscord:
        if (self.channel_id is None) == (self.url is None):
            raise ValueError(Words("give either channel_id or url"))
        return self


class ToRedis(_Config):
    key: Annotated[str, Field(min_length=1, max_length=512)]
    most: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    prepared: Prepared = None


class ToAmqp(_Config):
    pass


CONFIGS: Mapping[Kind, type[_Config]] = {
    Kind.WEBHOOK_GET: ToGet,
    Kind.WEBHOOK_POST: ToPost,
    Kind.DISCORD: ToDiscord,
    Kind.REDIS_LIST: ToRedis,
    Kind.REDIS_STREAM: ToRedis,
    Kind.AMQP: ToAmqp,
}


def check_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not re.fullmatch(SHOWN, name) or storable(name) != name:
        raise Refused("destination_name_invalid", most=LONGEST_NAME)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the house lets a guild's destinations say."""

    variables: frozenset[str]
    bounds: Bounds


def checked(
    kind: Kind, config: Mapping[str, Any], *, guild_id: GuildId | None, terms: Terms
) -> dict[str, Any]:
    """*config* as it is kept. *guild_id*: None for the operator's, who may name any address and any key."""
    if kind is Kind.AMQP and guild_id is not None:
        raise Refused("destination_for_operator", kind=kind)
    if any(isinstance(value, str) and "\0" in value for value in config.values()):
        raise Refused("destination_config_invalid", field="config", why=Words("it has a NUL in it"))
    try:
        model = CONFIGS[kind].model_validate(dict(config))
    except ValidationError as error:
        where, why = misfits.first(error)
        raise Refused("destination_config_invalid", field=where or "config", why=why) from None
    if guild_id is not None and getattr(model, "prepared", None):
        why = Words("only the program itself prepares what is sent")
        raise Refused("destination_config_invalid", field="prepared", why=why)
    match model:
        case ToGet():
            _check_place(UrlTemplate.parse(model.url, terms.variables).address, guild_id, terms)
        case ToPost():
            address = parse(model.url)
            _check_place(address, guild_id, terms)
            model.url = str(address)
        case ToDiscord():
            Template.parse(model.text, terms.variables)
            model.url = model.url and _discord_webhook(model.url)
        case ToRedis() if guild_id is not None:
            if not KEY.fullmatch(model.key):
                why = Words("a name has letters, digits and _.:- only")
                raise Refused("destination_config_invalid", field="key", why=why)
            prefix = f"events:{guild_id}:"
            model.key = prefix + model.key.removeprefix(prefix)
    return model.model_dump(exclude_none=True)


def patience(kind: Kind, config: Mapping[str, Any]) -> Patience:
    if kind is not Kind.WEBHOOK_GET or config.get("patience") != "dbot":
        return STANDARD
    return replace(DBOT, one_of_many=bool(config.get("prepared")))


def _check_place(address: Address, guild_id: GuildId | None, terms: Terms) -> None:
    if guild_id is not None:
        terms.bounds.check(address)


def _discord_webhook(url: str) -> str:
    if not DISCORD_WEBHOOK.fullmatch(address := str(parse(url))):
        raise Refused("no_discord_webhook")
    return address


def place(kind: Kind, config: Mapping[str, Any]) -> str:
    """Where it goes, without what may be secret in an address."""
    where = server(config["url"]) if "url" in config else config.get("place")
    return str(where or config.get("key") or config.get("channel_id") or kind)


def server(url: str) -> str:
    return re.split(r"(?<=[^:/])[/?#]", url, maxsplit=1)[0]


def is_secret(url: str) -> bool:
    """Whether anything stands behind the server: with many receivers, who knows that may send."""
    return url.removeprefix(server(url)) not in ("", "/")
