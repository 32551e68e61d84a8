"""What other features may call, and what this one asks of those above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from .model import Lane, VoiceSession
from .rules.states import State
from .service.lanes import overview
from .service.rows import active
from .service.running import change_lanes

__all__ = ["Lane", "Lanes", "State", "VoiceSession", "active", "change_lanes", "overview"]


class Lanes(Protocol):
    """Which lanes there are to be, each with its capacity. None: those of the environment."""

    async def __call__(self, session: AsyncSession) -> Mapping[str, int] | None: ...
