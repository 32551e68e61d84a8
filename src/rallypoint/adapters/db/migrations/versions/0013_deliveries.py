"""Destinations, what is sent to them, and who subscribes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
PENDING = sa.text("state = 'pending'")
RETRIED = sa.text("state = 'pending' AND due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "destination",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("secrets", JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("failing_since", INSTANT),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_try_at", INSTANT),
        sa.Column("slow_until", INSTANT),
        sa.Column("slowly", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("last_delivered_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_destination"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_destination_guild", "destination", ["guild_id", "id"])
    _deliveries()
    op.create_table(
        "subscription",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("destination_id", sa.Integer, nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("subjects", JSON),
        sa.Column("conditions", JSON, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscription_guild", "subscription", ["guild_id", "id"])
    op.create_index("ix_subscription_destination", "subscription", ["destination_id"])


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("destination_id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", INSTANT),
        sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_delivery_event", "delivery", ["destination_id", "event_id"], unique=True)
    op.create_index("ix_delivery_destination", "delivery", ["destination_id", "state", "id"])
    op.create_index("ix_delivery_settled", "delivery", ["settled_at"])
    for name, columns, where in (
        ("ix_delivery_pending", ["destination_id", "again", "id"], PENDING),
        ("ix_delivery_retried", ["destination_id", "due_at"], RETRIED),
    ):
        op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "delivery_attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("delivery_id", sa.BigInteger, nullable=False),
        sa.Column("destination_id", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("next_try_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempt"),
        sqlite_autoincrement=True,
    )
    for column in ("destination_id", "delivery_id"):
        name = f"ix_delivery_attempt_{column.removesuffix('_id')}"
        op.create_index(name, "delivery_attempt", [column, "id"])
    op.create_index("ix_delivery_attempt_at", "delivery_attempt", ["at"])
