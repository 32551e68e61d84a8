"""Names for ids, so that a channel is never taken for a guild."""

from __future__ import annotations

from datetime import datetime
from typing import NewType

from ulid import ULID

GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
UserId = NewType("UserId", int)
RoleId = NewType("RoleId", int)
OperationId = NewType("OperationId", str)
"""A ULID that marks one outside effect, in our row and at the receiver."""


def new_operation(now: datetime) -> OperationId:
    return OperationId(str(ULID.from_datetime(now)))
