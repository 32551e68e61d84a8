from __future__ import annotations

from collections.abc import Sequence

import structlog

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.cards import Card
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.events import Happened
from rallypoint.kernel.feature import Finding, Grade, Parts
from rallypoint.kernel.ids import ChannelId
from rallypoint.kernel.jobs import Work

from . import texts
from .events import Disabled
from .model import DeliverySettings
from .service import sending, upkeep

log = structlog.get_logger()


async def start(parts: Parts) -> None:
    async with parts.sessions.begin() as session:
        for name in await upkeep.seal(session, parts.clock.now()):
            log.error(
                "A destination's address and secret cannot be read", name=name, fix=texts.NO_KEY
            )


async def send(work: Work) -> None:
    await sending.send(work)


async def look_after(work: Work) -> None:
    async with work.sessions.begin() as session:
        woken = await upkeep.look_after(session, work.clock.now())
    if woken:
        log.warning("destinations were left lying", count=woken)


async def tell_disabled(work: Work, happened: Happened[Disabled]) -> None:
    """In the channel the guild has for it, else to who made it; that neither can be kept up keeps nothing else up."""
    event = happened.event
    log.error(
        "a destination gets nothing any more",
        destination=event.destination_id,
        name=event.name,
        reason=event.reason,
    )
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
        unreadable = await upkeep.unreadable(session)
    wrong = {
        words: number for words, number in figures.items() if words.startswith("destin") and number
    }
    if unreadable:
        fact = texts.unreadable(unreadable)
        return [Finding(Grade.FAILURE, "deliveries", fact, texts.NO_KEY)]
    if not wrong:
        waiting = figures["deliveries waiting"]
        return [Finding(Grade.OK, "deliveries", texts.all_well(waiting))]
    fact = ", ".join(f"{number} {words}" for words, number in wrong.items())
    return [Finding(Grade.WARNING, "deliveries", fact, texts.SEE_LOG)]
