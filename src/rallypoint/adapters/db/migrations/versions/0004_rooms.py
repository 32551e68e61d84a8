"""Voice rooms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)
LIVE = sa.text("state <> 'closed'")


def upgrade() -> None:
    op.create_table(
        "room",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("parent_id", sa.BigInteger),
        sa.Column("operation", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT),
        sa.Column("deadline_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("close_reason", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_room"),
        sa.UniqueConstraint("channel_id", name="uq_room_channel_id"),
        sa.UniqueConstraint("operation", name="uq_room_operation"),
    )
    op.create_index("ix_room_guild_state", "room", ["guild_id", "state"])
    op.create_index(
        "ix_room_guild_owner_requested", "room", ["guild_id", "owner_id", "requested_at"]
    )
    op.create_index("ix_room_live", "room", ["state"], sqlite_where=LIVE, postgresql_where=LIVE)
