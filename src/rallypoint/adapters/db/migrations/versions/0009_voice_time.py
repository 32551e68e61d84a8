"""How time in voice was spent, who wants no history of it, and what is to be forgotten soon."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
FLEETING = sa.text("erase_at IS NOT NULL")


def upgrade() -> None:
    # With defaults: what a program of the version before writes meanwhile has none of them.
    none = sa.text("0")
    stay = "voice_stay"
    op.add_column(stay, sa.Column("counts", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column(stay, sa.Column("flags", sa.Integer, nullable=False, server_default=none))
    op.add_column(stay, sa.Column("counted_at", INSTANT))
    for seconds in ("muted_seconds", "deafened_seconds", "alone_seconds", "unseen_seconds"):
        op.add_column(stay, sa.Column(seconds, sa.Double, nullable=False, server_default=none))
    op.execute("UPDATE voice_stay SET counts = NOT bot")
    op.create_index("ix_voice_stay_user", stay, ["user_id", "guild_id", "started_at"])
    op.create_table(
        "voice_opt_out",
        sa.Column("user_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_voice_opt_out"),
    )
    op.create_table(
        "voice_check",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("guilds", sa.Integer, nullable=False),
        sa.Column("differing", sa.Integer, nullable=False),
        sa.Column("differed", sa.Integer, nullable=False),
        sa.Column("differed_at", INSTANT),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_voice_check"),
    )
    op.add_column("outbox", sa.Column("erase_at", INSTANT))
    op.create_index(
        "ix_outbox_fleeting",
        "outbox",
        ["erase_at"],
        sqlite_where=FLEETING,
        postgresql_where=FLEETING,
    )
