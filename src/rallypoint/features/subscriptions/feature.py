from __future__ import annotations

from rallypoint.features.deliveries.api import Users
from rallypoint.kernel.events import Gatherer
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Job

from . import bot, jobs, texts, web
from .service import bus, hearing, judging, managing, matching

ROLE_TRIES = 400
"""Five minutes apart in the end: Discord may be out for a day, and the event is not to be lost for that."""

feature = Feature(
    name="subscriptions",
    cogs=[bot.Notify],
    routers=[web.routes, web.event_routes, web.trial_routes],
    sections=[web.section],
    jobs={
        judging.RIPEN: Job(handler=jobs.ripen),
        judging.CHECK_ROLES: Job(
            handler=jobs.check_roles, affinity=Affinity.DISCORD, attempts=ROLE_TRIES
        ),
    },
    gatherers=[Gatherer(name=matching.GATHER, handler=matching.gather, when=matching.IS_HEARD)],
    refusals=texts.REFUSALS,
    at_start=[bus.ensure, hearing.refresh],
    answers={Users: managing.Users()},
)
