"""Schedules, and which timers and runs are theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB, "postgresql")
OF_SCHEDULE = sa.text("schedule_id IS NOT NULL")


def upgrade() -> None:
    _schedule()
    op.add_column("timer", sa.Column("schedule_id", sa.BigInteger))
    op.add_column("timer", sa.Column("terms", JSON))
    op.add_column("timer", sa.Column("ends", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("run", sa.Column("schedule_id", sa.BigInteger))
    for table, columns in (("timer", ["schedule_id"]), ("run", ["schedule_id", "id"])):
        op.create_index(
            f"ix_{table}_schedule",
            table,
            columns,
            sqlite_where=OF_SCHEDULE,
            postgresql_where=OF_SCHEDULE,
        )
    # Their kinds have built-in schedules now.
    op.execute("DELETE FROM timer WHERE key LIKE 'every:%'")


def _schedule() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("builtin", sa.String(100)),
        sa.Column("overrides", JSON, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        sa.Column("every_seconds", sa.Double),
        sa.Column("cron", sa.String(200)),
        sa.Column("zone", sa.String(60)),
        sa.Column("once_at", INSTANT),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("misfire", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer),
        sa.Column("timeout_seconds", sa.Double),
        sa.Column("next_run_at", INSTANT),
        sa.Column("last_run_at", INSTANT),
        sa.Column("last_status", sa.String(12)),
        sa.Column("last_error", sa.Text),
        sa.Column("successes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sa.UniqueConstraint("builtin", name="uq_schedule_builtin"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedule_guild", "schedule", ["guild_id"])
