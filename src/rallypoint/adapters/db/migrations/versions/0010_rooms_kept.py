"""Rooms: who keeps them, what their owners have done with them, and who may not make any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    for column in (
        sa.Column("keeper", sa.String, nullable=False, server_default="rooms"),
        sa.Column("creator_id", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("lobby_id", sa.BigInteger),
        sa.Column("number", sa.Integer),
        sa.Column("overwrites", JSON),
        sa.Column("user_limit", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked_at", INSTANT),
        sa.Column("awaited_until", INSTANT),
        sa.Column("held_by", sa.BigInteger),
        sa.Column("ending", sa.String),
    ):
        op.add_column("room", column)
    # A create that the version before left under way has been asked of Discord.
    op.execute("UPDATE room SET creator_id = owner_id, asked_at = requested_at")
    op.create_table(
        "room_bar",
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.BigInteger, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_room_bar"),
    )
    op.create_table(
        "room_panel",
        sa.Column("room_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("wished_name", sa.String),
        sa.Column("renamed_at", INSTANT),
        sa.Column("renamed_before_at", INSTANT),
        sa.PrimaryKeyConstraint("room_id", name="pk_room_panel"),
    )
