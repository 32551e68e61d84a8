from __future__ import annotations

from rallypoint.kernel.events import Gatherer
from rallypoint.kernel.feature import Feature

from . import texts
from .service import matching

feature = Feature(
    name="subscriptions",
    gatherers=[Gatherer(name=matching.GATHER, handler=matching.gather)],
    refusals=texts.REFUSALS,
)
