"""What an engine must be able to do to take part."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .starts import Writer

SLOW = 3.0
"""Seconds the job takes in the middle of which its worker is killed."""
AT_A_TIME = 1_000
SOON = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """Where one contestant has its things for one measure: nobody else's, and empty at first."""

    store: str
    """A URL."""
    name: str
    """For queues in a store that is shared."""
    folder: Path
    ticks: bool
    """Whether the worker has a schedule of every second."""


class Contestant(ABC):
    """Opened either as a client, which puts jobs, or as a worker, or as both if the engine lives in one process."""

    def __init__(self, place: Place, writer: Writer) -> None:
        self.place = place
        self.note = writer.note

    async def prepare(self) -> None:  # noqa: B027  (most have nothing to do)
        """Make the tables; once, before anything else."""

    @abstractmethod
    async def open(self) -> None:
        """Be a client."""

    @abstractmethod
    async def put(self, number: int, due: float, *, slow: bool = False) -> None:
        """One job, as an application does it."""

    async def put_many(self, numbers: Sequence[int], due: float) -> None:
        """In bulk, by what the engine has for that; else many at a time."""
        for first in range(0, len(numbers), 100):
            some = numbers[first : first + 100]
            await asyncio.gather(*(self.put(number, due) for number in some))

    async def finished(self) -> int | None:
        """How many jobs the store says are done; None if it keeps no account."""
        return None

    async def work(self) -> None:
        """Be a worker, until cancelled. Some engines' worker is a program of their own: see `Entry.worker`."""
        raise RuntimeError(f"the worker of {type(self).__name__} is a program of its own")

    async def run_slow(self, number: int, due: float) -> None:
        self.note(number, due)
        await asyncio.sleep(SLOW)

    async def close(self) -> None:  # noqa: B027  (most have nothing to do)
        """Be a client no more."""


def by_thousands(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[first : first + AT_A_TIME] for first in range(0, len(numbers), AT_A_TIME)]
