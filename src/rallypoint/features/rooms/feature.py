from __future__ import annotations

from rallypoint.features.guilds.api import Rearmed, SettingChanged
from rallypoint.features.presence.api import Activated, Emptied, Synced
from rallypoint.kernel.events import Subscriber
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Builtin, Interval, Job
from rallypoint.kernel.people import Permission

from . import bot, jobs, texts
from .events import Closed, Opened
from .model import RoomSettings
from .rules import overwrites
from .service import figures, following, retention

feature = Feature(
    name="rooms",
    cogs=[bot.Channels],
    jobs={
        "rooms.close": Job(handler=jobs.close, affinity=Affinity.DISCORD),
        "rooms.expire": Job(handler=jobs.expire),
        "rooms.settle": Job(handler=jobs.settle, affinity=Affinity.DISCORD),
        "rooms.reconcile": Job(
            handler=jobs.reconcile,
            custom=True,
            words="Look whether every room is as it should be",
        ),
    },
    schedules=[
        Builtin(
            id="voice_room_reconcile",
            kind="rooms.reconcile",
            recurrence=Interval(jobs.RECONCILE_EVERY),
            description="Look whether every room is as it should be",
        )
    ],
    subscribers=[
        Subscriber(
            name="rooms.follow_presence",
            events=(Activated, Emptied),
            handler=jobs.follow_presence,
            among=following.IS_ROOM,
        ),
        Subscriber(
            name="rooms.log",
            events=(Opened, Closed),
            handler=jobs.log_room,
            affinity=Affinity.DISCORD,
        ),
        Subscriber(name="rooms.follow_guild", events=(Synced, Rearmed), handler=jobs.follow_guild),
        Subscriber(
            name="rooms.follow_settings",
            events=(SettingChanged,),
            handler=jobs.follow_settings,
            among=following.IS_FOLLOWED,
        ),
    ],
    events=[Opened, Closed],
    settings=RoomSettings,
    refusals=texts.REFUSALS,
    at_start=[jobs.settle_at_start],
    figures=figures.rooms,
    retention=retention.forget_old,
    permissions=overwrites.KEPT | Permission.VIEW_AUDIT_LOG,
)
