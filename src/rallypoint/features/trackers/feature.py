from __future__ import annotations

from rallypoint.kernel.feature import Feature, Transfer

from . import jobs, service, texts

feature = Feature(
    name="trackers",
    refusals=texts.REFUSALS,
    transfers={
        "tracker": Transfer(words=texts.WORDS, take_in=jobs.take_over, write_out=service.tracked)
    },
)
