from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts, web

feature = Feature(
    name="boards",
    sections=[
        web.overview_section,
        web.voice_section,
        web.rooms_section,
        web.sessions_section,
    ],
    refusals=texts.REFUSALS,
)
