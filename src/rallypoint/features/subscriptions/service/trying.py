"""What a subscription would have sent, before one has it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.conditions import api as conditions
from rallypoint.features.conditions.api import Elapsed, Listener, Simulation
from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel.people import Actor, Permission

from . import managing
from .judging import Wants

NONE_YET = 0


@dataclass(frozen=True, slots=True)
class Question:
    kinds: Sequence[str]
    subjects: Sequence[str] | None
    conditions: Mapping[str, Any]
    days: int = 7


async def question(
    session: AsyncSession, subscription_id: int | None, *, by: Actor, days: int
) -> Question:
    """That of a subscription; without one: of everything that happens."""
    if subscription_id is None:
        by.check_may(Permission.MANAGE_GUILD)
        return Question(["*"], None, {}, days)
    row = await managing.show(session, subscription_id, by=by)
    return Question(row.kinds, row.subjects, row.conditions, days)


async def simulate(
    session: AsyncSession,
    question: Question,
    *,
    known: Sequence[str],
    by: Actor,
    now: datetime,
    elapsed: Elapsed = time.monotonic,
) -> Simulation:
    """Over what happened in the server in the last days. *known*: the kinds of events there are."""
    by.check_may(Permission.MANAGE_GUILD)
    matching.check_kinds(question.kinds, known)
    if question.subjects is not None:
        matching.check_subjects(question.subjects)
    wants = Wants(question.kinds, question.subjects)
    listener = Listener(NONE_YET, conditions.check(question.conditions, wants.kind), wants)
    since = now - timedelta(days=question.days)
    return await conditions.simulate(
        session, listener, by.guild_id, since=since, until=now, elapsed=elapsed
    )
