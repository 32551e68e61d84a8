from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts, web

feature = Feature(
    name="destinations",
    routers=[web.routes],
    sections=[web.destinations_section, web.log_section],
    refusals=texts.REFUSALS,
)
