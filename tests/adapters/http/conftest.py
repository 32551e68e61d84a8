from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from rallypoint.adapters.http.application import create_app
from rallypoint.adapters.http.site import DueJob, Overview, PartState, Site
from rallypoint.kernel.clock import StoppedClock
from rallypoint.kernel.errors import Unavailable


class Known:
    """What the program would tell, as the test wants it."""

    def __init__(self, now: datetime) -> None:
        self.states = [PartState("database", True, "sqlite answers")]
        self.answers = True
        self.shown = Overview(
            {"rooms open": 3}, [DueJob("rooms.close", now + timedelta(minutes=5))]
        )

    async def parts(self) -> list[PartState]:
        return self.states

    async def overview(self) -> Overview:
        if not self.answers:
            raise Unavailable("no database")
        return self.shown


@pytest.fixture
def stopped() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def known(stopped) -> Known:
    return Known(stopped.now())


@pytest.fixture
def browse(known, stopped):
    """A client of the application, made with what the test says of the site."""

    def browse(**site: Any) -> httpx.AsyncClient:
        app = create_app(Site(clock=stopped, parts=known.parts, overview=known.overview, **site))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    return browse
