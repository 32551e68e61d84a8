from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake
from rallypoint.kernel.durations import Duration


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
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int | None] = mapped_column(Snowflake, unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(Snowflake)
    parent_id: Mapped[int | None] = mapped_column(Snowflake)
    operation: Mapped[str] = mapped_column(unique=True)
    """Stands in the audit-log reason of everything we do to the channel."""
    state: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    deadline_at: Mapped[datetime | None] = mapped_column(Instant)
    """While emptying: when it is deleted if nobody comes."""
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    close_reason: Mapped[str | None]


class RoomSettings(BaseModel):
    """A guild's, by `/room settings` or `rallypoint settings`."""

    empty_after: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=24))] = Field(
        default=timedelta(minutes=5),
        description="How long a room stays after the last person has left (0 s to 24 h)",
    )
    category: int | None = Field(
        default=None,
        ge=1,
        lt=1 << 63,
        description="Id of the category for new rooms; none: where the command was given",
    )
    most_open: int = Field(
        default=3, ge=1, le=100, description="Rooms a member may have open at a time"
    )
    most_an_hour: int = Field(
        default=6, ge=1, le=1000, description="Rooms a member may open within an hour"
    )
    most_of_guild: int = Field(
        default=100, ge=1, le=500, description="Rooms the server may have open at a time"
    )
