from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from . import service, texts


async def take_over(session: AsyncSession, file: Path, now: datetime) -> str:
    return texts.taken_over(*await service.take_over(session, file, now))
