"""Personal voice sessions and their lanes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ACTIVE = sa.text("ended_at IS NULL")
SEATED = sa.text("slot IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "voice_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("slot", sa.Integer),
        sa.Column("parent_id", sa.BigInteger),
        sa.Column("room_id", sa.Integer),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("join_seconds", sa.Double, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("deadline_at", INSTANT),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("reason", sa.String(20)),
        sa.Column("answer", sa.Text),
        sa.Column("answer_until", INSTANT),
        sa.Column("source", sa.String(100)),
        sa.PrimaryKeyConstraint("id", name="pk_voice_session"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_voice_session_room", "voice_session", ["room_id"])
    op.create_index("ix_voice_session_ended", "voice_session", ["ended_at"])
    op.create_index("uq_voice_session_source", "voice_session", ["source"], unique=True)
    for name, columns, where in (
        ("uq_voice_session_member", ["member_id"], ACTIVE),
        ("uq_voice_session_slot", ["lane", "slot"], SEATED),
        ("uq_voice_session_guild", ["guild_id"], SEATED),
    ):
        op.create_index(
            name,
            "voice_session",
            columns,
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_table(
        "voice_lane",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_voice_lane"),
    )
