from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake

_OPEN = text("ended_at IS NULL")


class VoiceStay(Model):
    """A member was in a voice channel: exactly one start and at most one end, and one open stay a member and guild."""

    __tablename__ = "voice_stay"
    __table_args__ = (
        Index(
            "uq_voice_stay_open",
            "guild_id",
            "user_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_voice_stay_open_channel", "channel_id", sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        Index("ix_voice_stay_channel_ended", "channel_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    user_id: Mapped[int] = mapped_column(Snowflake)
    bot: Mapped[bool]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    start_estimated: Mapped[bool] = mapped_column(default=False)
    end_estimated: Mapped[bool] = mapped_column(default=False)


class VoiceSight(Model):
    """Whether the ledger of a guild can be believed now."""

    __tablename__ = "voice_sight"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    sight: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class PresenceSettings(BaseModel):
    """A guild's, by `rallypoint settings`."""

    stay_days: int = Field(
        default=90, ge=1, le=3650, description="Days that it is remembered who was in voice"
    )


class ForgetStays(BaseModel):
    """What a schedule of `presence.forget_stays` says."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(
        default=30, ge=1, le=3650, description="Forget who was in voice longer ago than this"
    )
