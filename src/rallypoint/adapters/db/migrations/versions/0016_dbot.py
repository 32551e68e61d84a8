"""Voice channels that a file names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "monitor",
        sa.Column("channel_id", sa.String(20), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("place", sa.String(30), nullable=False),
        sa.Column("destinations", JSON, nullable=False),
        sa.Column("routes", JSON, nullable=False),
        sa.Column("queues", JSON, nullable=False),
        sa.Column("users", JSON, nullable=False),
        sa.Column("seen_at", INSTANT),
        sa.Column("problem", JSON),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="pk_monitor"),
    )
    op.create_table(
        "monitor_ping",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("url", sa.String(2048)),
        sa.Column("told_at", INSTANT),
        sa.Column("reason", sa.String(60)),
        sa.PrimaryKeyConstraint("id", name="pk_monitor_ping"),
    )
