from __future__ import annotations

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Builtin, Interval, Job

from . import bot, jobs, texts, web
from .model import GuildSettings
from .service import incidents, retention

feature = Feature(
    name="guilds",
    cogs=[bot.Rights],
    jobs={
        "guilds.ask_owners": Job(handler=jobs.ask_owners, affinity=Affinity.DISCORD),
    },
    schedules=[
        Builtin(
            id="application_owners",
            kind="guilds.ask_owners",
            recurrence=Interval(jobs.OWNERS_ASKED_EVERY),
            description="Ask Discord whose the bot's application is",
        )
    ],
    sections=[web.settings_section, web.program_section, web.audit_section],
    refusals=texts.REFUSALS,
    at_start=[jobs.rearm_at_start],
    figures=incidents.figures,
    retention=retention.forget_old,
    settings=GuildSettings,
)
