from __future__ import annotations

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Job

from . import jobs, texts
from .service import queueing

MOST_SENDING = 2000
MOST_SLOW = 32
"""Those that keep us waiting do so in a pool of their own: however many they are, a healthy one finds room."""
MOST_SAYING = 32

feature = Feature(
    name="deliveries",
    jobs={
        queueing.SEND: Job(handler=jobs.send, apart=MOST_SENDING),
        queueing.SEND_SLOWLY: Job(handler=jobs.send, apart=MOST_SLOW),
        queueing.SAY: Job(handler=jobs.send, apart=MOST_SAYING, affinity=Affinity.DISCORD),
    },
    refusals=texts.REFUSALS,
)
