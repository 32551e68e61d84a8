from __future__ import annotations

from rallypoint.features.guilds.api import SettingChanged
from rallypoint.features.sessions.api import Lanes
from rallypoint.kernel.events import Subscriber
from rallypoint.kernel.feature import Feature
from rallypoint.kernel.jobs import Affinity

from . import jobs, service, texts, web
from .model import LaneSettings

feature = Feature(
    name="lanes",
    sections=[web.section],
    subscribers=[
        Subscriber(
            name="lanes.follow_settings",
            events=(SettingChanged,),
            handler=jobs.follow_settings,
            affinity=Affinity.FOLDER,
            among=jobs.IS_CAPACITIES,
        )
    ],
    settings=LaneSettings,
    refusals=texts.REFUSALS,
    answers={Lanes: service.chosen},
)
