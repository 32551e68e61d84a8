from __future__ import annotations

from collections.abc import Sequence

import structlog
from pydantic import BaseModel

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.events import Happened
from rallypoint.kernel.feature import Finding, Grade, Parts
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.kernel.jobs import Work

from . import texts
from .events import Disabled
from .model import DeliverySettings
from .service import privacy, sending, upkeep

log = structlog.get_logger()


class Erase(BaseModel):
    user_id: int
    upto: int
    after: int = 0


async def send(work: Work) -> None:
    await sending.send(work)


async def look_after(work: Work) -> None:
    async with work.sessions.begin() as session:
        woken = await upkeep.look_after(session, work.clock.now())
    if woken:
        log.warning("destinations were left lying", count=woken)


async def erase(work: Work) -> None:
    config = Erase.model_validate(work.args)
    after: int | None = config.after
    while after is not None:
        async with work.sessions.begin() as session:
            erased = await privacy.erase(
                session,
                UserId(config.user_id),
                after=after,
                upto=config.upto,
                now=work.clock.now(),
            )
        after = erased.next


async def tell_disabled(work: Work, happened: Happened[Disabled]) -> None:
    """In the channel the guild has for it, else to who made it; that neither can be kept up keeps nothing else up."""
    event = happened.event
    log.error("a destination is disabled", destination=event.destination_id, reason=event.reason)
    if event.guild_id is None:
        return
    async with work.sessions() as session:
        settings = await guilds.read(session, "deliveries", DeliverySettings, event.guild_id)
    card = Card(texts.disabled(event.name, event.reason))
    try:
        if settings.log_channel is not None:
            await work.discord.say(ChannelId(settings.log_channel), card, key=happened.id)
        elif event.created_by is not None:
            await work.discord.tell(event.created_by, card, key=happened.id)
    except Refused as refusal:
        log.warning("nobody could be told", destination=event.destination_id, reason=str(refusal))


async def check(parts: Parts) -> Sequence[Finding]:
    async with parts.sessions() as session:
        figures = await upkeep.figures(session)
    wrong = {
        words: number for words, number in figures.items() if words.startswith("destin") and number
    }
    if not wrong:
        waiting = figures["deliveries waiting"]
        return [Finding(Grade.OK, "deliveries", texts.all_well(waiting))]
    fact = ", ".join(f"{number} {words}" for words, number in wrong.items())
    return [Finding(Grade.WARNING, "deliveries", fact, texts.SEE_LOG)]
