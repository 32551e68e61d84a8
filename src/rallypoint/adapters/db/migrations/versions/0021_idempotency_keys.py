"""Requests of programs that are carried out once, however often they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("request", sa.LargeBinary(32), nullable=False),
        sa.Column("run", sa.String(12), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("hash", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_user", "idempotency_key", ["user_id"])
    op.create_index("ix_idempotency_key_begun_at", "idempotency_key", ["begun_at"])
