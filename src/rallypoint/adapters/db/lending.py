"""A shorter way to a connection. SQLAlchemy's own goes through two greenlets and makes an object for each loan, which
for one voice event is a third of all work."""

from __future__ import annotations

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import greenlet_spawn


class Lending(AsyncAdaptedQueuePool):
    def lend(self) -> ConnectionPoolEntry | None:
        """A connection that is free and open, for who sees to the transactions by themselves and calls no SQLAlchemy:
        to be given to `take_back`. None: ask for one in the usual way, which can wait and connect."""
        if not self.checkedin():
            return None
        entry = self._do_get()
        if self.is_fit(entry):
            return entry
        self._do_return_conn(entry)
        return None

    async def take_back(self, entry: ConnectionPoolEntry) -> None:
        """No transaction is open in it, or it was invalidated."""
        if self.checkedin() < self.size():
            self._do_return_conn(entry)
        else:
            # Others made more meanwhile: it is closed, which is a trip.
            await greenlet_spawn(self._do_return_conn, entry)

    def is_fit(self, entry: ConnectionPoolEntry) -> bool:
        is_invalid: bool = entry._is_hard_or_soft_invalidated()  # type: ignore[attr-defined]
        return not is_invalid
