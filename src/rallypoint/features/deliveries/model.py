from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import JSON, Double, Index, String, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_PENDING = text("state = 'pending'")
_RETRIED = text("state = 'pending' AND due_at IS NOT NULL")


class DestinationState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """By a person, or by us, who cannot read its address: what comes is kept for it."""
    DISABLED = "disabled"
    """By us: it failed for days, or said that it wants no more. What comes is not kept."""
    REMOVED = "removed"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up on, for its reason; it can be replayed."""


class Destination(Model):
    __tablename__ = "destination"
    __table_args__ = (
        Index("ix_destination_guild", "guild_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int | None] = mapped_column(Snowflake)
    """None: the operator's."""
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    config: Mapped[dict[str, Any]] = mapped_column(Json)
    """What goes with the kind, see `rules.destinations`; an address is `sealed`, but for its `place`."""
    secrets: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """It signs with all of them, the newest first: each `sealed`, with the moment `until` which, or null."""
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(60))
    """Why it is disabled, or paused by us."""
    created_by: Mapped[int | None] = mapped_column(Snowflake)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    # Its health, see rules.health.
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    slow_until: Mapped[datetime | None] = mapped_column(Instant)
    slowly: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It is sent to in the small pool of those that keep us waiting. Only who is sending changes it, when nothing of it
    is on its way any more."""
    last_delivered_at: Mapped[datetime | None] = mapped_column(Instant)


class Delivery(Model):
    """An event on its way to a destination. Its id is its place: those of one subject are sent in that order."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("uq_delivery_event", "destination_id", "event_id", unique=True),
        Index(
            "ix_delivery_pending",
            *("destination_id", "again", "id"),
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_delivery_retried",
            *("destination_id", "due_at"),
            sqlite_where=_RETRIED,
            postgresql_where=_RETRIED,
        ),
        Index("ix_delivery_destination", "destination_id", "state", "id"),
        Index("ix_delivery_settled", "settled_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    destination_id: Mapped[int]
    event_id: Mapped[str] = mapped_column(String(26))
    kind: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    happened_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(60))
    """Of the last attempt that failed, or why it is dead."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """Not before this; None: as soon as it is its turn."""
    again: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A replay: after everything that is new."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class DeliveryAttempt(Model):
    __tablename__ = "delivery_attempt"
    __table_args__ = (
        Index("ix_delivery_attempt_destination", "destination_id", "id"),
        Index("ix_delivery_attempt_delivery", "delivery_id", "id"),
        Index("ix_delivery_attempt_at", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(Snowflake)
    destination_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    seconds: Mapped[float] = mapped_column(Double)
    verdict: Mapped[str] = mapped_column(String(10))
    status: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(60))
    answer: Mapped[str] = mapped_column(Text)
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)


class DeliverySettings(BaseModel):
    """A guild's, by `rallypoint settings`."""

    log_channel: int | None = Field(
        default=None,
        ge=1,
        lt=1 << 63,
        description="Id of the channel in which is said that a destination was disabled; none: its maker is told",
    )
    kept_days: int = Field(
        default=30, ge=1, le=365, description="How long is kept what was sent, in days (1 to 365)"
    )
    most_destinations: int = Field(
        default=50, ge=1, le=500, description="Destinations the server may have"
    )
    most_subscriptions: int = Field(
        default=50, ge=1, le=500, description="Subscriptions the server may have"
    )
    replays_a_second: int = Field(
        default=10, ge=1, le=100, description="How many a second are sent again to one destination"
    )
