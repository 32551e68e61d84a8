"""The history of another program that kept its sessions in an SQLite table. All of it, or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules.importing import Old, read
from rallypoint.features.sessions.rules.states import Reason, State
from rallypoint.kernel.errors import Refused

LANE = "imported"


async def voice_sessions(
    session: AsyncSession, file: Path, *, now: datetime
) -> tuple[int, int, Sequence[int]]:
    """Again, it adds what is new. How many are new and how many were known, and the channels of those without an end:
    they may still be there, and are nobody's here. Raise Refused for a file that is damaged or not what it should be:
    with what is wrong and where."""
    old = await asyncio.to_thread(_read, file)
    imported = select(VoiceSession.source).where(VoiceSession.source.is_not(None))
    known = set(await session.scalars(imported))
    new = [each for each in old if each.source not in known]
    session.add_all([_row(each, now) for each in new])
    await session.flush()
    endless = [each.channel_id for each in new if not each.ended_at]
    return len(new), len(old) - len(new), endless


def _read(file: Path) -> Sequence[Old]:
    if not file.is_file():
        raise Refused("import_missing", file=file)
    try:
        # `immutable`: not even a lock is put beside it.
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?immutable=1", uri=True)
        ) as source:
            source.row_factory = sqlite3.Row
            _check(source, file)
            rows = source.execute("SELECT * FROM voice_sessions ORDER BY id").fetchall()
    except (sqlite3.Error, UnicodeError) as error:
        raise Refused("import_damaged", file=file, where=str(error)) from None
    return [read(dict(row)) for row in rows]


def _check(source: sqlite3.Connection, file: Path) -> None:
    (found,) = source.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise Refused("import_damaged", file=file, where=found)
    columns = {row["name"] for row in source.execute("PRAGMA table_info(voice_sessions)")}
    if missing := [each for each in Old.model_fields if each not in columns]:
        raise Refused("import_unlike", file=file, missing=", ".join(missing))


def _row(old: Old, now: datetime) -> VoiceSession:
    return VoiceSession(
        guild_id=old.guild_id,
        member_id=old.user_id,
        member_name="",
        lane=LANE,
        state=State.ENDED,
        channel_id=old.channel_id,
        join_seconds=0.0,
        requested_at=old.created_at,
        ended_at=old.ended_at or max(now, old.created_at),
        reason=Reason.IMPORTED,
        source=old.source,
    )
