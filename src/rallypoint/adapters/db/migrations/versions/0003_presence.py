"""The voice ledger: stays, and whether a guild is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "voice_sight",
        sa.Column("guild_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("sight", sa.String, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_voice_sight"),
    )
    op.create_table(
        "voice_stay",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("bot", sa.Boolean, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("start_estimated", sa.Boolean, nullable=False),
        sa.Column("end_estimated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_voice_stay"),
    )
    op.create_index(
        "uq_voice_stay_open",
        "voice_stay",
        ["guild_id", "user_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_voice_stay_open_channel",
        "voice_stay",
        ["channel_id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_voice_stay_channel_ended", "voice_stay", ["channel_id", "ended_at"])
