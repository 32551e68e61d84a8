from __future__ import annotations

from datetime import datetime

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from rallypoint.kernel.db import Instant, Model, Snowflake


class Panel(Model):
    """What people have done with a room, and the message that shows it."""

    __tablename__ = "room_panel"

    room_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    message_id: Mapped[int | None] = mapped_column(Snowflake)
    """None: not posted yet. 0: somebody has deleted it."""
    turn: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was posted."""
    locked: Mapped[bool] = mapped_column(default=False, server_default=false())
    hidden: Mapped[bool] = mapped_column(default=False, server_default=false())
    wished_name: Mapped[str | None]
    """To be the room's name as soon as Discord allows."""
    renamed_at: Mapped[datetime | None] = mapped_column(Instant)
    renamed_before_at: Mapped[datetime | None] = mapped_column(Instant)
    """Its last two renames: Discord allows two in ten minutes."""
