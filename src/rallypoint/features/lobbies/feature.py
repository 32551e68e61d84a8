from __future__ import annotations

from rallypoint.features.presence.api import Joined
from rallypoint.kernel.events import Subscriber
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Job
from rallypoint.kernel.people import Permission

from . import jobs, service, texts

feature = Feature(
    name="lobbies",
    jobs={"lobbies.receive": Job(handler=jobs.receive, affinity=Affinity.DISCORD, attempts=8)},
    subscribers=[
        Subscriber(
            name="lobbies.follow",
            events=(Joined,),
            handler=jobs.follow_presence,
            among=service.IS_LOBBY,
        )
    ],
    refusals=texts.REFUSALS,
    retention=service.forget_old,
    permissions=Permission.MOVE_MEMBERS,
)
