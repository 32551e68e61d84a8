from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts, web
from .service import privacy, retention

feature = Feature(
    name="accounts",
    sections=[web.section],
    refusals=texts.REFUSALS,
    retention=retention.forget_old,
    export=privacy.export,
    forget=privacy.forget,
)
