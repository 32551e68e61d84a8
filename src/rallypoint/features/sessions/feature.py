from __future__ import annotations

from datetime import timedelta

from rallypoint.features.presence.api import Joined, Left, Synced
from rallypoint.features.rooms import api as rooms
from rallypoint.kernel.events import Subscriber
from rallypoint.kernel.feature import Feature, Transfer
from rallypoint.kernel.jobs import Affinity, Builtin, Interval, Job
from rallypoint.kernel.people import Permission

from . import bot, events, jobs, texts
from .model import SessionSettings
from .rules.rooms import NEEDED
from .service import figures, rows

A_MINUTE = timedelta(minutes=1)

feature = Feature(
    name="sessions",
    cogs=[bot.Sessions],
    jobs={
        "sessions.open": Job(
            handler=jobs.open_room,
            affinity=Affinity.DISCORD,
            attempts=jobs.OPEN_TRIES,
            timeout=2 * A_MINUTE,
        ),
        "sessions.expire": Job(handler=jobs.expire),
        "sessions.end": Job(handler=jobs.end, affinity=Affinity.DISCORD),
        "sessions.seat": Job(handler=jobs.seat, affinity=Affinity.DISCORD),
        "sessions.tell": Job(handler=jobs.tell, affinity=Affinity.DISCORD, attempts=3),
        "sessions.call": Job(handler=jobs.call, affinity=Affinity.DISCORD, attempts=3),
        "sessions.reconcile": Job(handler=jobs.reconcile, affinity=Affinity.DISCORD),
    },
    schedules=[
        Builtin(
            id="voice_session_reconcile",
            kind="sessions.reconcile",
            recurrence=Interval(jobs.RECONCILE_EVERY),
            description="Look whether every personal session is as it should be",
        )
    ],
    subscribers=[
        Subscriber(
            name="sessions.follow_presence",
            events=(Joined, Left),
            handler=jobs.follow_presence,
            affinity=Affinity.DISCORD,
            among=rows.IS_ROOM,
        ),
        Subscriber(name="sessions.follow_guild", events=(Synced,), handler=jobs.follow_guild),
        Subscriber(
            name="sessions.follow_room",
            events=(rooms.Opened, rooms.Closed),
            handler=jobs.follow_room,
        ),
    ],
    events=[events.Queued, events.Started, events.Completed, events.Failed],
    settings=SessionSettings,
    refusals=texts.REFUSALS,
    at_start=[jobs.start],
    at_stop=[jobs.drain],
    figures=figures.sessions,
    retention=figures.forget_old,
    transfers={
        "voice-sessions": Transfer(
            words="an SQLite file with a table voice_sessions", take_in=jobs.import_voice_sessions
        )
    },
    permissions=NEEDED | Permission.VIEW_AUDIT_LOG,
)
