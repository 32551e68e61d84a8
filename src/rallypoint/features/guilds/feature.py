from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import bot, jobs, service, texts

feature = Feature(
    name="guilds",
    cogs=[bot.Rights],
    refusals=texts.REFUSALS,
    at_start=[jobs.rearm_at_start],
    figures=service.figures,
)
