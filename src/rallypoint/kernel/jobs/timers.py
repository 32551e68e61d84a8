"""The tables: a timer is something that is to happen, a run is something that did, a schedule makes timers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Double, Index, String, Text, false, func, text, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Serial

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class TimerState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    """By a worker, up to a moment before it is due; `started_at` says whether it is being run."""
    FAILED = "failed"
    """Refused, or its attempts are used up; it stays to be seen, until it is scheduled again."""
    UNSUPPORTED = "unsupported"
    """Of a kind this version does not know; it waits for one that does."""


class RunStatus(StrEnum):
    SUCCESS = "success"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"
    """Its process ended, or lost its lease, in the middle."""
    SKIPPED = "skipped"
    """Its schedule would rather leave out a turn than be late."""


class Timer(Model):
    """Something that is to happen. What has been done is deleted; `Run` remembers it."""

    __tablename__ = "timer"
    __table_args__ = (
        # A claim among a million waiting timers is a range of this index. The planner uses a partial index only for
        # a condition that names the state as a literal, not as a parameter.
        Index(
            "ix_timer_due",
            "due_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_timer_worker",
            "worker",
            sqlite_where=text("state = 'claimed'"),
            postgresql_where=text("state = 'claimed'"),
        ),
        Index(
            "ix_timer_lane",
            "lane",
            "id",
            sqlite_where=text("lane IS NOT NULL"),
            postgresql_where=text("lane IS NOT NULL"),
        ),
        Index(
            "ix_timer_parked",
            "state",
            "kind",
            sqlite_where=text("state IN ('failed', 'unsupported')"),
            postgresql_where=text("state IN ('failed', 'unsupported')"),
        ),
        Index(
            "ix_timer_schedule",
            "schedule_id",
            sqlite_where=text("schedule_id IS NOT NULL"),
            postgresql_where=text("schedule_id IS NOT NULL"),
        ),
        {
            # An id that came back with a new row would let a worker that lost the old one record the new one's outcome.
            "sqlite_autoincrement": True,
            # What is claimed is updated once more when it starts: in its page, if there is room, and in no index.
            "postgresql_with": {"fillfactor": 60},
        },
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    lane: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(12))
    planned_at: Mapped[datetime] = mapped_column(Instant)
    """The moment it was scheduled for; a retry moves `due_at` only."""
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    token: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Counts the claims: what a worker writes must name the claim it was given."""
    worker: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(Text)
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    """Scheduled again while it was being run."""
    next_args: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    schedule_id: Mapped[int | None] = mapped_column(BigInteger)
    terms: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Its schedule's, see `terms`: what decides on the next turn travels with the claim."""
    ends: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It is not armed again: its schedule is paused or gone."""


class Run(Model):
    """One attempt, as it went."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_timer", "timer_id", "id"),
        Index("ix_run_kind", "kind", "id"),
        Index("ix_run_finished", "finished_at"),
        Index(
            "ix_run_schedule",
            "schedule_id",
            "id",
            sqlite_where=text("schedule_id IS NOT NULL"),
            postgresql_where=text("schedule_id IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    timer_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(100))
    key: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime] = mapped_column(Instant)
    attempt: Mapped[int]
    status: Mapped[str] = mapped_column(String(12))
    error: Mapped[str | None] = mapped_column(Text)
    worker: Mapped[str] = mapped_column(String(64))
    schedule_id: Mapped[int | None] = mapped_column(BigInteger)


class Schedule(Model):
    """Has one timer, with the key `schedule:<id>`, as long as it is active and something is to come."""

    __tablename__ = "schedule"
    __table_args__ = (
        Index("ix_schedule_guild", "guild_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    builtin: Mapped[str | None] = mapped_column(String(100), unique=True)
    """The id of the one declared in code."""
    overrides: Mapped[list[str]] = mapped_column(Json, default=list)
    """What an admin changed of a built-in one: the rest follows the code."""
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    """None: of the whole program."""
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(100))
    config: Mapped[dict[str, Any]] = mapped_column(Json)
    how: Mapped[str] = mapped_column(String(10))
    """`interval`, `cron` or `once`; the next four go with it."""
    every_seconds: Mapped[float | None] = mapped_column(Double)
    cron: Mapped[str | None] = mapped_column(String(200))
    zone: Mapped[str | None] = mapped_column(String(60))
    once_at: Mapped[datetime | None] = mapped_column(Instant)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    misfire: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int | None]
    timeout_seconds: Mapped[float | None] = mapped_column(Double)
    next_run_at: Mapped[datetime | None] = mapped_column(Instant)
    last_run_at: Mapped[datetime | None] = mapped_column(Instant)
    last_status: Mapped[str | None] = mapped_column(String(12))
    last_error: Mapped[str | None] = mapped_column(Text)
    successes: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counted, because those of sweeps have no row of their own in the history."""
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Worker(Model):
    """An engine that is running somewhere. Its claims are good as long as its lease is.

    One lease a worker, not one a timer: to renew it touches one row however many timers it holds, and never waits for
    a transaction that has just locked one of them.
    """

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    lease_until: Mapped[datetime] = mapped_column(Instant)
    """By the database server's clock, the only use made of it."""
