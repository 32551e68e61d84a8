"""What a person is asked for, by kind of destination."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from rallypoint.features.deliveries.api import LONGEST_NAME, PLACES, Destination, Kind
from rallypoint.kernel.errors import Refused
from rallypoint.ui.web.languages import N_

LONGEST_ADDRESS = 2048
LONGEST_TEXT = 2000
ADDRESS: dict[str, Any] = {"format": "uri"}
HIDDEN = {"url", "place", "sealed"}
USUAL_TEXT = "**{{ kind }}** {{ subject }}"


class Asked(BaseModel):
    """Addresses may hold what is secret: they are not shown again, and left empty they stay."""

    name: str = Field(
        title=N_("Name"),
        min_length=1,
        max_length=LONGEST_NAME,
        description=N_("What you call it"),
    )

    def config(self) -> dict[str, Any]:
        return self.model_dump(exclude={"name"}, exclude_none=True)


class ToPost(Asked):
    url: str | None = Field(
        default=None,
        title=N_("Address"),
        max_length=LONGEST_ADDRESS,
        json_schema_extra=ADDRESS,
        description=N_("Such as https://hooks.example/in"),
    )


class ToGet(Asked):
    url: str | None = Field(
        default=None,
        title=N_("Address"),
        max_length=LONGEST_ADDRESS,
        json_schema_extra=ADDRESS,
        description=N_(
            "With placeholders after the server, such as https://hooks.example/?who={{ data.user_id }}"
        ),
    )
    patience: Literal["standard", "dbot"] = Field(
        default="standard",
        title=N_("Tries"),
        json_schema_extra={"pick": "patience"},
        description=N_("How often, and how long, before it is given up"),
    )


class ToDiscord(Asked):
    channel_id: str | None = Field(
        default=None,
        title=N_("Channel"),
        json_schema_extra={"pick": "text"},
        description=N_("Of this server"),
    )
    url: str | None = Field(
        default=None,
        title=N_("Or a webhook"),
        max_length=LONGEST_ADDRESS,
        json_schema_extra=ADDRESS,
        description=N_("Of another server: its address, from that channel's settings"),
    )
    text: str = Field(
        default=USUAL_TEXT,
        title=N_("Text"),
        min_length=1,
        max_length=LONGEST_TEXT,
        description=N_(
            "With placeholders such as {{ kind }} or {{ data.user_id }}; it pings nobody"
        ),
    )


class ToRedis(Asked):
    key: str = Field(
        default="",
        title=N_("Key"),
        min_length=1,
        max_length=200,
        description=N_("It lies below events:, with the number of this server"),
    )
    most: int | None = Field(
        default=None,
        title=N_("Most entries"),
        ge=1,
        le=10_000_000,
        description=N_("Those beyond that are dropped, the oldest first; empty: none is"),
    )


FORMS: Mapping[Kind, type[Asked]] = {
    Kind.WEBHOOK_POST: ToPost,
    Kind.WEBHOOK_GET: ToGet,
    Kind.DISCORD: ToDiscord,
    Kind.REDIS_LIST: ToRedis,
    Kind.REDIS_STREAM: ToRedis,
}
"""What a server may have."""


def shown(row: Destination) -> dict[str, Any]:
    """What of it may be seen, by field."""
    seen = {name: value for name, value in row.config.items() if name not in HIDDEN}
    return {"name": row.name, **seen}


def lacks(asked: Asked) -> str:
    """The field without which there is no new one; none: all is there."""
    given = asked.config()
    if isinstance(asked, ToPost | ToGet) and "url" not in given:
        return "url"
    if isinstance(asked, ToDiscord) and not PLACES & set(given):
        return "channel_id"
    return ""


def field_of(refused: Refused, model: type[Asked]) -> str:
    """Which one is to blame."""
    code = refused.code
    if code.startswith(("destination_name", "too_many")):
        return "name"
    if code.startswith(("template_", "output_")) and "text" in model.model_fields:
        return "text"
    if code.startswith(("template_", "url_")) or code == "no_discord_webhook":
        return "url"
    return str(refused.facts.get("field", ""))
