from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Snowflake

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class ConditionState(Model):
    """What the conditions of a listener go by: of a channel, or in all."""

    __tablename__ = "condition_state"

    listener_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    """ "": in all."""
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """Until when an event is held there."""
    updated_at: Mapped[datetime] = mapped_column(Instant)
