from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import service, texts

feature = Feature(name="accounts", refusals=texts.REFUSALS, retention=service.forget_old)
