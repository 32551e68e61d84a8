"""The metrics' own small server: it tells what no member may see, so it is not the dashboard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing

import structlog

from rallypoint.adapters.db import Database
from rallypoint.adapters.http.server import WebServer, listen
from rallypoint.adapters.telemetry.metrics import Metrics, Told, create_app
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.meters import Meter
from rallypoint.kernel.settings import Settings

from . import catalogue
from .lifecycle import Member

log = structlog.get_logger(__name__)


async def told(database: Database) -> Told:
    figures: dict[str, int] = {}
    meters: list[Meter] = []
    async with database.reading() as session:
        for feature in catalogue.FEATURES:
            if feature.figures is not None:
                figures |= await feature.figures(session)
            if feature.meters is not None:
                meters += await feature.meters(session)
    return Told(figures, meters)


@asynccontextmanager
async def served(
    settings: Settings, database: Database, metrics: Metrics
) -> AsyncIterator[Sequence[Member]]:
    """Whose port is taken is not there: nobody set it, and what is watched is more than who watches."""
    if settings.metrics_port == 0:
        yield []
        return
    try:
        listener = listen(settings.metrics_host, settings.metrics_port)
    except CannotStart as error:
        where = f"{settings.metrics_host}:{settings.metrics_port}"
        log.error(
            "There are no metrics; set RALLYPOINT_METRICS_PORT to a free port, or to 0",
            where=where,
            why=str(error).partition(";")[0],
        )
        yield []
        return
    with closing(listener):
        server = WebServer(create_app(metrics, lambda: told(database)), listener)
        log.info("Metrics are told", url=f"{server.url}/metrics")
        yield [Member(name="metrics", run=server.run_until_stopped, stop=server.stop)]
