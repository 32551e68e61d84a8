"""Closed rooms are forgotten, and a joiner is told once why there is no room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CLOSED = sa.text("state = 'closed'")


def upgrade() -> None:
    op.create_index(
        "ix_room_closed", "room", ["closed_at"], sqlite_where=CLOSED, postgresql_where=CLOSED
    )
    op.create_table(
        "lobby_refusal",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
    )
