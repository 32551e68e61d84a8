from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.adapters.discord.budget import Budget


class Hands:
    """Of a clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def budget(hands):
    return Budget(10, timedelta(seconds=60), elapsed=hands)


def test_what_is_older_than_the_window_is_forgotten(budget, hands):
    budget.count()
    hands.seconds = 59.9
    budget.count()

    assert budget.used == 2

    hands.seconds = 60.0
    assert budget.used == 1


def test_below_its_share_nobody_waits(budget):
    for _ in range(8):
        budget.count()

    assert budget.wait_for(0.9) == 0.0


def test_at_its_share_one_waits_until_the_oldest_is_forgotten(budget, hands):
    for _ in range(9):
        budget.count()
        hands.seconds += 1

    wait = budget.wait_for(0.9)

    assert wait == 51.0
    hands.seconds += wait
    assert budget.wait_for(0.9) == 0.0


def test_it_never_counts_beyond_its_most(budget):
    for _ in range(25):
        budget.count()

    assert budget.used == 10
