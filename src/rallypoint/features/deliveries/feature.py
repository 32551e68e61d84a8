from __future__ import annotations

from datetime import timedelta

from rallypoint.kernel.events import Subscriber
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Builtin, Interval, Job

from . import jobs
from .events import Disabled
from .model import DeliverySettings
from .service import queueing, upkeep

MOST_SENDING = 2000
MOST_SLOW = 32
"""Those that keep us waiting do so in a pool of their own: however many they are, a healthy one finds room."""
MOST_SAYING = 32
A_RUN = timedelta(minutes=3)
"""Twenty-five seconds, but for what waits to be written down when very many give up at once."""

feature = Feature(
    name="deliveries",
    jobs={
        queueing.SEND: Job(handler=jobs.send, apart=MOST_SENDING, timeout=A_RUN),
        queueing.SEND_SLOWLY: Job(handler=jobs.send, apart=MOST_SLOW, timeout=A_RUN),
        queueing.SAY: Job(
            handler=jobs.send, apart=MOST_SAYING, affinity=Affinity.DISCORD, timeout=A_RUN
        ),
        "deliveries.look_after": Job(
            handler=jobs.look_after, words="Look whether anything to be sent was left lying"
        ),
    },
    schedules=[
        Builtin(
            id="deliveries_look_after",
            kind="deliveries.look_after",
            recurrence=Interval(timedelta(minutes=1)),
            description="Look whether anything to be sent was left lying",
        )
    ],
    subscribers=[
        Subscriber(
            name="deliveries.tell_disabled",
            events=(Disabled,),
            handler=jobs.tell_disabled,
            affinity=Affinity.DISCORD,
        )
    ],
    events=[Disabled],
    at_start=[jobs.start],
    settings=DeliverySettings,
    checks=[jobs.check],
    figures=upkeep.figures,
    retention=upkeep.forget_old,
)
