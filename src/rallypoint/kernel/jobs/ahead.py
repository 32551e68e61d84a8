from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime

from .claims import Claim


class Ahead:
    """What is claimed and waits for its moment, the earliest first."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, int, Claim]] = []

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_due(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def add(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            heapq.heappush(self._heap, (claim.due_at, claim.id, claim.token, claim))

    def take_due(self, now: datetime, most: int) -> list[Claim]:
        taken: list[Claim] = []
        while self._heap and self._heap[0][0] <= now and len(taken) < most:
            taken.append(heapq.heappop(self._heap)[-1])
        return _newest(taken)

    def take_after(self, moment: datetime) -> list[Claim]:
        """What turned out to be far ahead, for time went back."""
        taken = [entry[-1] for entry in self._heap if entry[0] > moment]
        if taken:
            self._heap = [entry for entry in self._heap if entry[0] <= moment]
            heapq.heapify(self._heap)
        return _newest(taken)

    def clear(self) -> None:
        self._heap.clear()


def _newest(claims: list[Claim]) -> list[Claim]:
    """One scheduled again after it was claimed was claimed again: only the last claim can still be ours."""
    last: dict[int, Claim] = {}
    for claim in claims:
        if claim.id not in last or last[claim.id].token < claim.token:
            last[claim.id] = claim
    return [claim for claim in claims if last[claim.id] is claim]
