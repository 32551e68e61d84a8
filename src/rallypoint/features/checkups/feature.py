from __future__ import annotations

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Job

from . import bot, jobs, texts, web

feature = Feature(
    name="checkups",
    cogs=[bot.Doctor],
    jobs={"checkups.welcome": Job(handler=jobs.welcome, affinity=Affinity.DISCORD)},
    sections=[web.section],
    refusals=texts.REFUSALS,
)
