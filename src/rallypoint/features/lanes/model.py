from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from rallypoint.features.guilds import api as guilds
from rallypoint.kernel.settings.voice import Lanes, lanes_of

MOST = 25
"""As many as Discord offers to choose from (docs: Application Commands > Choice Structure)."""
CAPACITIES = "lanes.capacities"


class LaneSettings(BaseModel):
    """The program's, by `rallypoint settings`."""

    capacities: Annotated[
        Annotated[Lanes, Field(min_length=1, max_length=MOST)] | None, BeforeValidator(lanes_of)
    ] = Field(
        default=None,
        description="The lanes of personal sessions with their capacities, such as gpu:1, cpu:4; the first is"
        " the usual one; none: as RALLYPOINT_SESSIONS_LANES says",
        json_schema_extra={guilds.OF_PROGRAM: True},
    )
