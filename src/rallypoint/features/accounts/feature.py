from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts
from .service import retention

feature = Feature(name="accounts", refusals=texts.REFUSALS, retention=retention.forget_old)
