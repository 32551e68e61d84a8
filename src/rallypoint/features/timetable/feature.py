from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import web

feature = Feature(name="timetable", sections=[web.section, web.program_section])
