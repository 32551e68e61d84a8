from __future__ import annotations

import os
import random

import pytest

from .campaign import Campaign
from .lives import Midwife
from .plan import Plan
from .scenarios import FEW, SCENARIOS, called

SEED, REPLAY = "RALLYPOINT_TEST_CHAOS_SEED", "RALLYPOINT_TEST_CHAOS_REPLAY"
ONLY, MOST = "RALLYPOINT_TEST_CHAOS_SCENARIOS", "RALLYPOINT_TEST_CHAOS_KILLS"


@pytest.fixture
def tell(capfd):
    """Says it at once, past pytest's capture."""

    def say(words):
        with capfd.disabled():
            print(f"\n  {words}", end="", flush=True)

    return say


async def campaign_of(open_store, tell, *, scenarios, kills, thorough, seed):
    async with Midwife.at_work() as midwife:
        campaign = Campaign(midwife, open_store, scenarios=scenarios, seed=seed)
        if plan := os.environ.get(REPLAY):
            await campaign.run(Plan.read(plan))
        else:
            await campaign.rehearse()
            await campaign.learn()
            if not campaign.books.failures:
                await campaign.kill(kills, thorough=thorough, tell=tell)
    return campaign.books


def check(books):
    assert not books.failures, "\n\n".join(
        [str(books), f"replay one with {REPLAY}='…':", *books.failures]
    )


KILLS = {"sqlite": (35, 2000), "postgres": (10, 300)}
"""In `make test`, and in `make chaos`."""


@pytest.mark.parametrize(
    "nightly",
    [
        pytest.param(False, id="some", marks=pytest.mark.timeout(600)),
        pytest.param(True, id="all", marks=[pytest.mark.chaos, pytest.mark.timeout(3600)]),
    ],
)
async def test_killed_anywhere_nothing_is_left_behind_and_nothing_is_done_twice(
    store, open_store, tell, nightly
):
    seed = int(os.environ.get(SEED, random.randrange(1 << 30) if nightly else 1))
    only = os.environ.get(ONLY)
    books = await campaign_of(
        open_store,
        tell,
        scenarios=called(only) if only else SCENARIOS if nightly else FEW,
        kills=int(os.environ.get(MOST, KILLS[store][nightly])),
        thorough=nightly,
        seed=seed,
    )

    check(books)
