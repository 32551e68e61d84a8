"""Why a personal session's room could not be opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("voice_session", sa.Column("failure", sa.JSON(none_as_null=True)))
