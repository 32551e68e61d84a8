from __future__ import annotations

from rallypoint.features.deliveries.api import Users
from rallypoint.kernel.events import Gatherer
from rallypoint.kernel.feature import Feature

from . import bot, texts, web
from .service import hearing, managing, matching

feature = Feature(
    name="subscriptions",
    cogs=[bot.Notify],
    routers=[web.routes, web.event_routes],
    gatherers=[Gatherer(name=matching.GATHER, handler=matching.gather)],
    refusals=texts.REFUSALS,
    at_start=[hearing.refresh],
    answers={Users: managing.Users()},
)
