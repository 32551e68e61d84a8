from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from rallypoint.kernel import events
from rallypoint.kernel.commits import announce
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.feature import Finding, Parts
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.jobs import Work

from . import texts
from .model import Erase, ForgetStays, VoiceCheck
from .service import checking, history, privacy


async def forget_stays(work: Work) -> None:
    """Of the guild whose schedule it is; of every guild, for a schedule of the whole program."""
    config = ForgetStays.model_validate(work.args)
    of = None if work.guild_id is None else GuildId(work.guild_id)
    forgotten = 1
    while forgotten:
        async with work.sessions.begin() as session:
            forgotten = await history.forget_stays(
                session, days=config.days, of=of, now=work.clock.now()
            )


async def reconcile(work: Work) -> None:
    """Let go of what those wrote who want no history; and ask the one who keeps the ledger to look whether it is true.
    He is in this process: only he has it."""
    now, left = work.clock.now(), 1
    while left:
        async with work.sessions.begin() as session:
            left = await events.erase_fleeting(session, now)
            left += await history.forget_veiled(session, now)
            if not left:
                announce(session, checking.TOPIC, now)


async def erase(work: Work) -> None:
    """What was recorded about somebody who asked to be forgotten."""
    config = Erase.model_validate(work.args)
    after: int | None = config.after
    waiting = False
    while after is not None:
        async with work.sessions.begin() as session:
            erased = await privacy.erase(
                session, UserId(config.user_id), after=after, upto=config.upto
            )
        after, waiting = erased.next, waiting or erased.waiting
    if waiting:
        raise Unavailable("some of it waits to be handed on", retry_in=timedelta(seconds=5))


async def check(parts: Parts) -> Sequence[Finding]:
    """The doctor's: how the last comparison of the ledger went."""
    async with parts.sessions.begin() as session:
        row = await session.scalar(select(VoiceCheck))
    return [texts.checked(row, parts.clock.now())]
