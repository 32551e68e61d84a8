from __future__ import annotations

import structlog

from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.kernel.jobs import Work

from . import texts

log = structlog.get_logger()


async def welcome(work: Work) -> None:
    """To whoever added the bot, if that is known and they take messages; else in the server's own channel."""
    card = texts.welcome(work.args["name"])
    try:
        await work.discord.tell(UserId(work.args["to"]), card, key=work.key)
    except Refused as refusal:
        log.info("nobody welcomed in private", reason=str(refusal))
        if work.args["channel"] is not None:
            await work.discord.say(ChannelId(work.args["channel"]), card, key=work.key)
