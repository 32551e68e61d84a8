from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Snowflake


class Person(Model):
    """What somebody has set for themselves."""

    __tablename__ = "person"

    user_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(60))
    """Empty: as their browser has it."""


class Token(Model):
    """Opens the REST interface for *user_id*. Its text is known to its bearer alone."""

    __tablename__ = "token"
    __table_args__ = (
        Index("ix_token_user", "user_id"),
        Index("ix_token_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    """The public part of the text."""
    user_id: Mapped[int] = mapped_column(Snowflake)
    name: Mapped[str] = mapped_column(String(100))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    scopes: Mapped[str] = mapped_column(String(100))
    """With a space between them."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class LogIn(Model):
    """Somebody's browser that is logged in to the dashboard. What it carries is known to it alone."""

    __tablename__ = "log_in"
    __table_args__ = (
        Index("ix_log_in_user", "user_id"),
        Index("ix_log_in_seen_at", "seen_at"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    user_id: Mapped[int] = mapped_column(Snowflake)
    user_name: Mapped[str] = mapped_column(String(100))
    """As Discord called them at the log-in."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    browser: Mapped[str] = mapped_column(String(60))
    """Such as "Firefox on Linux"."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Discord's tokens, encrypted for this row alone."""


class LogInUsed(Model):
    """What is done once: coming back from Discord with a `state`, and renewing Discord's tokens."""

    __tablename__ = "log_in_used"
    __table_args__ = (Index("ix_log_in_used_at", "at"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class IdempotencyKey(Model):
    """A request of a program that is carried out once, however often it is sent with that key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        Index("ix_idempotency_key_user", "user_id"),
        Index("ix_idempotency_key_begun_at", "begun_at"),
    )

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Of whose it is and the key."""
    user_id: Mapped[int] = mapped_column(Snowflake)
    request: Mapped[bytes] = mapped_column(LargeBinary(32))
    """A hash of what was asked for."""
    run: Mapped[str] = mapped_column(String(12))
    """Who carries it out: another one, once the first was given up."""
    begun_at: Mapped[datetime] = mapped_column(Instant)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer, encrypted for this row alone: some hold a secret that is told once. None: not known yet."""
