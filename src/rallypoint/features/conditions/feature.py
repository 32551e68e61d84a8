from __future__ import annotations

from rallypoint.kernel.feature import Feature

from . import texts

feature = Feature(name="conditions", refusals=texts.REFUSALS)
