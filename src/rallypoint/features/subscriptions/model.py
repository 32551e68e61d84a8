from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Subscription(Model):
    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_guild", "guild_id", "id"),
        Index("ix_subscription_destination", "destination_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int | None] = mapped_column(Snowflake)
    """None: the operator's, who hears of every guild."""
    destination_id: Mapped[int]
    kinds: Mapped[list[str]] = mapped_column(Json)
    """Of events, with `*` for any number of characters."""
    subjects: Mapped[list[str] | None] = mapped_column(Json)
    """Such as `channel:123`. None: whatever it is about."""
    conditions: Mapped[dict[str, Any]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_by: Mapped[int | None] = mapped_column(Snowflake)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
