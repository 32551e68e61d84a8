from __future__ import annotations

from rallypoint.features.rooms.api import Opened
from rallypoint.kernel.events import Subscriber
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Job
from rallypoint.kernel.people import Permission

from . import bot, jobs, texts
from .service import retention

feature = Feature(
    name="panels",
    cogs=[bot.Rooms, bot.Aliases],
    jobs={
        "panels.show": Job(handler=jobs.show, affinity=Affinity.DISCORD),
        "panels.rename": Job(handler=jobs.rename, affinity=Affinity.DISCORD),
    },
    subscribers=[Subscriber(name="panels.follow", events=(Opened,), handler=jobs.follow_rooms)],
    refusals=texts.REFUSALS,
    retention=retention.forget_old,
    permissions=Permission.MANAGE_ROLES | Permission.MOVE_MEMBERS | Permission.SEND_MESSAGES,
)
