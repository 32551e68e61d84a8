from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import bot, jobs, texts
from .service import audit, incidents

feature = Feature(
    name="guilds",
    cogs=[bot.Rights],
    refusals=texts.REFUSALS,
    at_start=[jobs.rearm_at_start],
    figures=incidents.figures,
    retention=audit.forget_old,
)
