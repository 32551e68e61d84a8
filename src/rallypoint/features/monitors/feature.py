from __future__ import annotations

from datetime import timedelta

from rallypoint.kernel.events import Gatherer
from rallypoint.kernel.feature import Feature, Transfer
from rallypoint.kernel.jobs import Affinity, Builtin, Interval, Job

from . import jobs, texts
from .service import calling, privacy, telling

feature = Feature(
    name="monitors",
    gatherers=[Gatherer(name=calling.GATHER, handler=calling.gather, when=calling.IS_MONITORED)],
    jobs={
        "monitors.look": Job(
            handler=jobs.look,
            affinity=Affinity.DISCORD,
            words="Look whether all monitored channels are seen",
        ),
        jobs.SEAL: Job(
            handler=jobs.seal,
            timeout=timedelta(minutes=10),
            words="Encrypt the addresses that monitored channels called before",
        ),
    },
    schedules=[
        Builtin(
            id="monitored_channels",
            kind="monitors.look",
            recurrence=Interval(timedelta(minutes=1)),
            description="Look whether all monitored channels are seen",
        )
    ],
    at_start=[jobs.start],
    checks=[jobs.check],
    meters=telling.meters,
    export=privacy.export,
    transfers={
        "dbot": Transfer(words=texts.WORDS, take_in=jobs.take_over, check=jobs.check_channels)
    },
    refusals=texts.REFUSALS,
)
