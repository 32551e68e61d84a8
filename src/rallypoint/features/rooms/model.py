from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, JsonValue
from sqlalchemy import JSON, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.db import Instant, Model, Serial, Snowflake
from rallypoint.kernel.durations import Duration

from .rules import names
from .rules.powers import Power
from .rules.states import KEEPER

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


T = TypeVar("T")


def _listed(given: object) -> object:
    if not isinstance(given, str):
        return given
    words = [each.strip() for each in given.split(",")]
    return [each for each in words if each and each.lower() != "none"]


Words = Annotated[tuple[T, ...], BeforeValidator(_listed)]
"""As people write them: with commas between them; `none` for none."""
Id = Annotated[int, Field(ge=1, lt=1 << 63)]
OF_LOBBY: dict[str, JsonValue] = {guilds.OF_CHANNEL: True}
"""Each lobby may differ in it from its guild."""


class Room(Model):
    __tablename__ = "room"
    __table_args__ = (
        Index("ix_room_guild_state", "guild_id", "state"),
        Index("ix_room_guild_owner_requested", "guild_id", "owner_id", "requested_at"),
        Index(
            "ix_room_live",
            "state",
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
        Index(
            "ix_room_closed",
            "closed_at",
            sqlite_where=text("state = 'closed'"),
            postgresql_where=text("state = 'closed'"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int | None] = mapped_column(Snowflake, unique=True)
    kind: Mapped[str]
    keeper: Mapped[str] = mapped_column(default=KEEPER, server_default=KEEPER)
    """The feature that decides about its end. Presence ends those of `rooms` only."""
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(Snowflake)
    creator_id: Mapped[int] = mapped_column(Snowflake, default=0, server_default="0")
    """Who asked for it: may claim it back from whoever owns it since."""
    parent_id: Mapped[int | None] = mapped_column(Snowflake)
    lobby_id: Mapped[int | None] = mapped_column(Snowflake)
    """The channel whose joining made it."""
    number: Mapped[int | None]
    """Among the rooms of its lobby."""
    overwrites: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    """With which its channel is made: a create may be carried out by another process than asked for it."""
    user_limit: Mapped[int] = mapped_column(default=0, server_default="0")
    operation: Mapped[str] = mapped_column(unique=True)
    """Stands in the audit-log reason of everything we do to the channel."""
    state: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When Discord was asked for the channel: it never is twice."""
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    awaited_until: Mapped[datetime | None] = mapped_column(Instant)
    """Its owner is being moved in, and counts as in until then."""
    deadline_at: Mapped[datetime | None] = mapped_column(Instant)
    """While emptying: when it is deleted if nobody comes. Afterwards: when its end was due."""
    held_by: Mapped[int | None] = mapped_column(Snowflake)
    """The moderator who keeps it from being deleted."""
    ending: Mapped[str | None]
    """Its end was asked for, for this reason: whoever is in, it goes."""
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    close_reason: Mapped[str | None]


class Bar(Model):
    """A member who may not make rooms here."""

    __tablename__ = "room_bar"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    by_id: Mapped[int] = mapped_column(Snowflake)
    at: Mapped[datetime] = mapped_column(Instant)


class Others(StrEnum):
    """Who is in neither team of a private room."""

    LISTEN = "listen"
    SEE = "see"
    NOTHING = "nothing"


class RoomSettings(BaseModel):
    """A guild's, by `/room settings` or `rallypoint settings`."""

    empty_after: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=24))] = Field(
        default=timedelta(minutes=5),
        description="How long a room stays after the last person has left (0 s to 24 h)",
        json_schema_extra=OF_LOBBY,
    )
    category: int | None = Field(
        default=None,
        ge=1,
        lt=1 << 63,
        description="The category for new rooms; none: where the command was given",
        json_schema_extra={"pick": "category", **OF_LOBBY},
    )
    overflow: int | None = Field(
        default=None,
        ge=1,
        lt=1 << 63,
        description="The category for new rooms once the other has its 50 channels",
        json_schema_extra={"pick": "category", **OF_LOBBY},
    )
    lobbies: Words[Id] = Field(
        default=(),
        max_length=20,
        description="The voice channels that give a room of their own to whoever joins them",
        json_schema_extra={"pick": "voice"},
    )
    template: str = Field(
        default="{user}'s room",
        title="Name of a lobby's rooms",
        min_length=1,
        max_length=100,
        description="What such a room is called: {user} is who joined, {n} the room's number",
        json_schema_extra=OF_LOBBY,
    )
    private_others: Others = Field(
        default=Others.LISTEN,
        title="Others in a room of two teams",
        description="What others may with a room of two teams: listen, see (not join), or nothing",
    )
    bitrate: int | None = Field(
        default=None,
        ge=8,
        le=384,
        description="Kilobits a second in new rooms, as far as this server's boosts allow",
        json_schema_extra=OF_LOBBY,
    )
    user_limit: int = Field(
        default=0,
        ge=0,
        le=99,
        description="Members that a new room takes; its owner may change it (0: any number)",
        json_schema_extra=OF_LOBBY,
    )
    log_channel: int | None = Field(
        default=None,
        ge=1,
        lt=1 << 63,
        description="The channel in which it is said which rooms open and close",
        json_schema_extra={"pick": "text"},
    )
    max_age: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=30))] = Field(
        default=timedelta(0),
        description="A room this old is closed, whoever is in it (up to 30 days; 0: never)",
        json_schema_extra=OF_LOBBY,
    )
    idle_after: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=24))] = Field(
        default=timedelta(0),
        description="A room in which only one person is left, deafened, closes after this time (up to 24 h; 0: never)",
        json_schema_extra=OF_LOBBY,
    )
    closed_days: int = Field(
        default=90, ge=1, le=3650, description="Days that closed rooms are remembered"
    )
    powers_off: Words[Power] = Field(
        default=(),
        title="What owners may not",
        description="What owners may not do with their rooms, such as: kick, hide (of: "
        + ", ".join(Power)
        + "; none: they may do all of it)",
        json_schema_extra=OF_LOBBY,
    )
    panel: bool = Field(
        default=True,
        title="Owner's buttons",
        description="Whether the owner's buttons are posted in a room's own chat",
        json_schema_extra=OF_LOBBY,
    )
    longest_name: int = Field(
        default=names.LONGEST_NAME,
        ge=1,
        le=names.LONGEST_NAME,
        description="Characters a room's name may have",
    )
    forbidden_words: Words[str] = Field(
        default=(), description="Words that no room's name may have, with commas between them"
    )
    may_open: Words[Id] = Field(
        default=(),
        title="Who may open rooms",
        max_length=20,
        description="Roles whose members may open rooms, as moderators always may; none: everybody may",
        json_schema_extra={"pick": "roles"},
    )
    most_open: int = Field(
        default=3, ge=1, le=100, description="Rooms a member may have open at a time"
    )
    most_an_hour: int = Field(
        default=6, ge=1, le=1000, description="Rooms a member may open within an hour"
    )
    most_of_guild: int = Field(
        default=100,
        title="Most on the server",
        ge=1,
        le=500,
        description="Rooms the server may have open at a time",
    )

    @property
    def name_rules(self) -> names.NameRules:
        return names.NameRules(self.longest_name, self.forbidden_words)
