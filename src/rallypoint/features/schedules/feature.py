from __future__ import annotations

from datetime import timedelta

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Builtin, Interval, Job

from . import bot, jobs, texts, web
from .rules import ScheduleSettings

feature = Feature(
    name="schedules",
    cogs=[bot.Schedules],
    routers=[web.program_routes, web.guild_routes],
    jobs={
        "schedules.check_health": Job(
            handler=jobs.check_health, words="Write into the log whether anything is late"
        ),
    },
    schedules=[
        Builtin(
            id="health_check",
            kind="schedules.check_health",
            recurrence=Interval(timedelta(hours=1)),
            description="Write into the log whether anything is late, failed or left",
        ),
    ],
    settings=ScheduleSettings,
    refusals=texts.REFUSALS,
)
