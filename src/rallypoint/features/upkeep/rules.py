"""What the upkeep may be told, and which of its rows and files are too old. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RetentionConfig(Config):
    run_days: int = Field(default=30, ge=1, le=3650, description="Days that runs are kept")
    runs_a_schedule: int = Field(
        default=1000, ge=1, le=100_000, description="Runs that are kept of a schedule"
    )
    event_days: int = Field(
        default=30, ge=1, le=3650, description="Days that events are kept once handed on"
    )


class UpkeepSettings(BaseModel):
    """A guild's, by `rallypoint settings`."""

    run_days: int = Field(
        default=30, ge=1, le=3650, description="Days that the runs of its schedules are kept"
    )


class BackupConfig(Config):
    keep: int = Field(default=7, ge=1, le=365, description="Backups that are kept")
    folder: str | None = Field(
        default=None,
        description="Where to; without it `backups` beside the SQLite file, or in the data folder",
    )


def backup_name(due_at: datetime, suffix: str) -> str:
    """By the moment it was due, so that a second attempt writes the same file."""
    return f"backup-{due_at.astimezone(UTC):%Y%m%dT%H%M%SZ}{suffix}"


def outdated(names: Sequence[str], keep: int) -> list[str]:
    return sorted(name for name in names if name.startswith("backup-"))[:-keep]
