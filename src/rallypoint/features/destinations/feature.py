from __future__ import annotations

from datetime import timedelta

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Job

from . import jobs, texts, web
from .service import naming, privacy

feature = Feature(
    name="destinations",
    routers=[web.routes],
    sections=[web.destinations_section, web.log_section],
    jobs={
        privacy.ERASE: Job(
            handler=jobs.erase,
            config=jobs.Erase,
            timeout=timedelta(minutes=10),
            words="Erase what was sent about somebody who asked for it",
        ),
    },
    at_start=[jobs.start],
    export=privacy.export,
    forget=privacy.forget,
    refusals=texts.REFUSALS,
    answers={guilds.Destinations: naming.Destinations()},
)
