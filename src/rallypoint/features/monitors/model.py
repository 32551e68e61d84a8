from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Monitor(Model):
    """A channel that a file names."""

    __tablename__ = "monitor"

    channel_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    """As text: a file may name what no Discord has, beyond 63 bits."""
    source: Mapped[str] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(30))
    """In its file."""
    destinations: Mapped[dict[str, int]] = mapped_column(Json)
    """Who is called or written to → the destination that does it."""
    routes: Mapped[dict[str, list[list[Any]]]] = mapped_column(Json)
    """Type of event → addresses in their order, each as destination and template, sealed for it."""
    queues: Mapped[list[int]] = mapped_column(Json)
    """The destinations that are Redis lists."""
    users: Mapped[list[list[Any]]] = mapped_column(Json)
    """Who was in it by what was called out last, in the order in which they came: id and name."""
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    problem: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Why nothing can come of it: a refusal's code, and its facts."""
    figures: Mapped[dict[str, float]] = mapped_column(Json)
    """What was done since it was listed, by name."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class MonitorPing(Model):
    """Where it is told that all channels are seen. One row."""

    __tablename__ = "monitor_ping"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str | None] = mapped_column(Text)
    """Sealed."""
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(60))
    """Why the last one did not arrive."""
