"""Timers, their runs, the workers; the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB, "postgresql")


def upgrade() -> None:
    _timer()
    _run()
    op.create_table(
        "worker",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )
    _outbox()


def _timer() -> None:
    op.create_table(
        "timer",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("args", JSON, nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("lane", sa.String(200)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("token", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("worker", sa.String(64)),
        sa.Column("started_at", INSTANT),
        sa.Column("last_error", sa.Text),
        sa.Column("next_due_at", INSTANT),
        sa.Column("next_args", JSON),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_timer"),
        sa.UniqueConstraint("key", name="uq_timer_key"),
        sqlite_autoincrement=True,
    )
    _partial("ix_timer_due", "timer", ["due_at", "id"], "state = 'waiting'")
    _partial("ix_timer_worker", "timer", ["worker"], "state = 'claimed'")
    _partial("ix_timer_lane", "timer", ["lane", "id"], "lane IS NOT NULL")
    _partial("ix_timer_parked", "timer", ["state", "kind"], "state IN ('failed', 'unsupported')")


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("timer_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("worker", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_timer", "run", ["timer_id", "id"])
    op.create_index("ix_run_kind", "run", ["kind", "id"])
    op.create_index("ix_run_finished", "run", ["finished_at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("position", SERIAL, nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("relayed_at", INSTANT),
        sa.PrimaryKeyConstraint("position", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sqlite_autoincrement=True,
    )
    _partial("ix_outbox_waiting", "outbox", ["position"], "relayed_at IS NULL")
    op.create_index("ix_outbox_relayed", "outbox", ["relayed_at"])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
