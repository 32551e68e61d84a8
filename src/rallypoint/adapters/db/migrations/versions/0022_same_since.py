"""Since when somebody in voice has done nothing else, over restarts as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("voice_stay", sa.Column("same_since", sa.DateTime(timezone=True)))
