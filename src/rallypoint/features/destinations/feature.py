from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts, web

feature = Feature(name="destinations", routers=[web.routes], refusals=texts.REFUSALS)
