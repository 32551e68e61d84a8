from __future__ import annotations

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.events import Happened, Outbox
from rallypoint.kernel.jobs import Work

from . import service
from .model import CAPACITIES

IS_CAPACITIES = Outbox.subject == guilds.subject_of_setting(CAPACITIES)


async def follow_settings(work: Work, _: Happened[guilds.SettingChanged]) -> None:
    """Wherever it was changed. Run where the sessions are set up at the start: its environment counts then, too."""
    environment = work.settings.sessions_lanes
    async with work.sessions.begin() as session:
        await service.follow(session, environment=environment, now=work.clock.now())
