"""Log-ins to the dashboard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "log_in",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("user_name", sa.String(100), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_log_in"),
        sa.UniqueConstraint("hash", name="uq_log_in_hash"),
    )
    op.create_index("ix_log_in_user", "log_in", ["user_id"])
    op.create_index("ix_log_in_seen_at", "log_in", ["seen_at"])
    op.create_table(
        "log_in_used",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_log_in_used"),
    )
    op.create_index("ix_log_in_used_at", "log_in_used", ["at"])
