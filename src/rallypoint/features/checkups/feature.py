from __future__ import annotations

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Job

from . import bot, jobs, texts

feature = Feature(
    name="checkups",
    cogs=[bot.Doctor],
    jobs={"checkups.welcome": Job(handler=jobs.welcome, affinity=Affinity.DISCORD)},
    refusals=texts.REFUSALS,
)
