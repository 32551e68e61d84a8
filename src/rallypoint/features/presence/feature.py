from __future__ import annotations

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Job

from . import bot, jobs, service
from .model import ForgetStays, PresenceSettings

feature = Feature(
    name="presence",
    cogs=[bot.Voice],
    jobs={
        "presence.forget_stays": Job(
            handler=jobs.forget_stays,
            config=ForgetStays,
            custom=True,
            words="Forget who was in voice long ago",
        ),
    },
    settings=PresenceSettings,
    figures=service.figures,
    retention=service.forget_old,
)
