from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import JSON, Double, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake

_ACTIVE = text("ended_at IS NULL")
_SEATED = text("slot IS NOT NULL")


class VoiceSession(Model):
    """A member's wish for a room with the bot in it, and what became of it. Active until `ended_at` is set."""

    __tablename__ = "voice_session"
    __table_args__ = (
        Index(
            "uq_voice_session_member",
            "member_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index(
            "uq_voice_session_slot",
            "lane",
            "slot",
            unique=True,
            sqlite_where=_SEATED,
            postgresql_where=_SEATED,
        ),
        Index(
            "uq_voice_session_guild",
            "guild_id",
            unique=True,
            sqlite_where=_SEATED,
            postgresql_where=_SEATED,
        ),
        Index("ix_voice_session_room", "room_id"),
        Index("ix_voice_session_ended", "ended_at"),
        Index("uq_voice_session_source", "source", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    """The order of the queue."""
    guild_id: Mapped[int] = mapped_column(Snowflake)
    member_id: Mapped[int] = mapped_column(Snowflake)
    member_name: Mapped[str] = mapped_column(Text)
    lane: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    slot: Mapped[int | None]
    """Which of its lane's it takes, and with it the guild's one voice connection: from its turn until the bot has
    left."""
    parent_id: Mapped[int | None] = mapped_column(Snowflake)
    """The category in which it was asked for."""
    room_id: Mapped[int | None]
    channel_id: Mapped[int | None] = mapped_column(Snowflake)
    join_seconds: Mapped[float] = mapped_column(Double)
    """How long the member has to come."""
    requested_at: Mapped[datetime] = mapped_column(Instant)
    deadline_at: Mapped[datetime | None] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(20))
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """If its room could not be opened because that was refused: the refusal's code and facts."""
    answer: Mapped[str | None] = mapped_column(Text)
    """The token by which what the member was answered can be changed, and until when."""
    answer_until: Mapped[datetime | None] = mapped_column(Instant)
    source: Mapped[str | None] = mapped_column(String(100))
    """Of an imported one: where it came from, so that it comes once."""


class Lane(Model):
    """As the program was set up at its last start. To lock them is to be the only one who gives turns."""

    __tablename__ = "voice_lane"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int]
    capacity: Mapped[int]


class OwnerLeaves(StrEnum):
    ENDS = "ends"
    STAYS = "stays"


class SessionSettings(BaseModel):
    """A guild's, by `rallypoint settings`."""

    owner_leaves: OwnerLeaves = Field(
        default=OwnerLeaves.ENDS,
        title="When its member leaves",
        description="What becomes of a session whose member leaves while guests are in:"
        " it ends, or stays until they have left as well",
    )
