"""Any number of lobbies a guild, and people's own settings.

What `rooms.lobby` was stays beside it, for a process of the former version that still runs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("user_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_person"),
    )
    setting = sa.table(
        "setting",
        sa.column("guild_id", sa.BigInteger()),
        sa.column("channel_id", sa.BigInteger()),
        sa.column("key", sa.String()),
        sa.column("value", sa.JSON()),
    )
    found = op.get_bind().execute(sa.select(setting).where(setting.c.key == "rooms.lobby"))
    op.bulk_insert(
        setting,
        [
            {
                "guild_id": row.guild_id,
                "channel_id": 0,
                "key": "rooms.lobbies",
                "value": [row.value],
            }
            for row in found
            if row.value and not row.channel_id
        ],
    )
