from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import JSON, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
LONGEST_NAME = 100
LONGEST_SUBJECT = 200


class Setting(Model):
    """A value somebody has set. Guild 0: for the whole program; channel 0: for the whole guild."""

    __tablename__ = "setting"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Incident(Model):
    """Discord forbade something in a guild: it is not tried again until somebody has changed the rights there."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "uq_incident_open",
            "guild_id",
            "capability",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    capability: Mapped[str]
    detail: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


def _listed(given: object) -> object:
    """As people write them: with commas between them; `none` for none."""
    if not isinstance(given, str):
        return given
    words = (each.strip() for each in given.split(","))
    return [each for each in words if each and each.lower() != "none"]


RoleIds = Annotated[tuple[Annotated[int, Field(ge=1, lt=1 << 63)], ...], BeforeValidator(_listed)]


class GuildSettings(BaseModel):
    """A guild's, by `rallypoint settings`."""

    organisers: RoleIds = Field(
        default=(),
        max_length=20,
        description="Roles whose members organise: they hold and close rooms, and pause and run schedules",
        json_schema_extra={"pick": "roles"},
    )
    viewers: RoleIds = Field(
        default=(),
        max_length=20,
        description="Roles whose members may look at the dashboard, and change nothing",
        json_schema_extra={"pick": "roles"},
    )

    audit_days: int = Field(
        default=365, ge=30, le=3650, description="Days that it is known who changed what"
    )


class AuditEntry(Model):
    """Somebody changed something."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_guild", "guild_id", "id"),
        Index("ix_audit_entry_at", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    guild_id: Mapped[int | None] = mapped_column(Snowflake)
    """None: it was about the whole program."""
    user_id: Mapped[int | None] = mapped_column(Snowflake)
    """None: at the command line."""
    user_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    """As it was then: people rename themselves, and leave."""
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
