from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts, web

feature = Feature(
    name="boards",
    sections=[web.overview, web.voice],
    refusals=texts.REFUSALS,
)
