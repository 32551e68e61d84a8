from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial, Snowflake

_OPEN = text("ended_at IS NULL")


class VoiceStay(Model):
    """A member was in a voice channel: exactly one start and at most one end, and one open stay a member and guild.

    The seconds are those up to *counted_at*, and of them alone; *flags* is what holds from then on.
    """

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
        Index("ix_voice_stay_user", "user_id", "guild_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    user_id: Mapped[int] = mapped_column(Snowflake)
    bot: Mapped[bool]
    counts: Mapped[bool] = mapped_column(default=True)
    """Whether it keeps the channel from being empty."""
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    start_estimated: Mapped[bool] = mapped_column(default=False)
    end_estimated: Mapped[bool] = mapped_column(default=False)
    flags: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime | None] = mapped_column(Instant)
    """None: by a version that did not count."""
    same_since: Mapped[datetime | None] = mapped_column(Instant)
    """Since when, as far as was seen, neither their flags nor whether they are alone have changed."""
    muted_seconds: Mapped[float] = mapped_column(default=0.0)
    deafened_seconds: Mapped[float] = mapped_column(default=0.0)
    alone_seconds: Mapped[float] = mapped_column(default=0.0)
    unseen_seconds: Mapped[float] = mapped_column(default=0.0)


class VoiceSight(Model):
    """Whether the ledger of a guild can be believed now."""

    __tablename__ = "voice_sight"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    sight: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class VoiceOptOut(Model):
    """A member who wants no history of their stays, in any guild."""

    __tablename__ = "voice_opt_out"

    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(Instant)


class VoiceCheck(Model):
    """The last look at whether the ledger says what Discord said. One row."""

    __tablename__ = "voice_check"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    guilds: Mapped[int]
    differing: Mapped[int]
    """Guilds, at the last look."""
    differed: Mapped[int]
    """Guilds, at all looks together."""
    differed_at: Mapped[datetime | None] = mapped_column(Instant)
    detail: Mapped[str] = mapped_column(String(500))


class PresenceSettings(BaseModel):
    """A guild's, by `rallypoint settings`."""

    stay_days: int = Field(
        default=90, ge=1, le=3650, description="Days that it is remembered who was in voice"
    )
    bots_count: bool = Field(
        default=False, description="Whether a bot alone keeps a voice channel from being empty"
    )
    time_of_others: Literal["nobody", "moderators", "everybody"] = Field(
        default="moderators", description="Who may see how long somebody else was in voice"
    )


class ForgetStays(BaseModel):
    """What a schedule of `presence.forget_stays` says."""

    model_config = ConfigDict(extra="forbid", strict=True)

    days: int = Field(
        default=30, ge=1, le=3650, description="Forget who was in voice longer ago than this"
    )


class Erase(BaseModel):
    """Whose traces `presence.erase` removes from what was recorded up to a position."""

    model_config = ConfigDict(extra="forbid", strict=True)

    user_id: int
    upto: int
    after: int = 0
