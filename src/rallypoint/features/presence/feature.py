from __future__ import annotations

from datetime import timedelta

from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity, Builtin, Interval, Job

from . import bot, events, jobs, model
from .service import history, occupancy, privacy

feature = Feature(
    name="presence",
    cogs=[bot.Voice],
    jobs={
        "presence.forget_stays": Job(
            handler=jobs.forget_stays,
            config=model.ForgetStays,
            custom=True,
            words="Forget who was in voice long ago",
        ),
        "presence.reconcile": Job(
            handler=jobs.reconcile,
            affinity=Affinity.DISCORD,
            words="Look whether the voice ledger says what Discord said",
        ),
        privacy.ERASE: Job(
            handler=jobs.erase,
            config=model.Erase,
            timeout=timedelta(minutes=10),
            words="Erase what was recorded about somebody who asked for it",
        ),
    },
    schedules=[
        Builtin(
            id="voice_ledger_reconcile",
            kind="presence.reconcile",
            recurrence=Interval(timedelta(minutes=1)),
            description="Look whether the voice ledger says what Discord said",
        )
    ],
    events=events.FACTS,
    settings=model.PresenceSettings,
    checks=[jobs.check],
    figures=occupancy.figures,
    retention=history.forget_old,
    export=privacy.export,
    forget=privacy.forget,
)
