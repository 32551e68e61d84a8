"""What Prometheus is told at /metrics: what this process has counted, and what the features say of themselves."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Summary,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.meters import Meter
from rallypoint.kernel.outlets import (
    AmqpPublish,
    Carrier,
    HttpRequest,
    Parcel,
    Receipt,
    RedisAdd,
    RedisPush,
)

PREFIX = "rallypoint_"
WAYS = {
    HttpRequest: "http",
    RedisPush: "redis.list",
    RedisAdd: "redis.stream",
    AmqpPublish: "amqp",
}

log = structlog.get_logger()
# Moments at which a series began: nobody here asks for them, and they double what is told.
disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Told:
    """By the features."""

    figures: Mapping[str, int]
    """In words."""
    meters: Sequence[Meter]


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._sent = Counter(
            f"{PREFIX}sent",
            "Attempts to send something outside",
            ("way", "verdict"),
            registry=self.registry,
        )
        self._seconds = Summary(
            f"{PREFIX}send_seconds",
            "How long an attempt to send took",
            ("way",),
            registry=self.registry,
        )

    def note(self, parcel: Parcel, receipt: Receipt) -> None:
        way = WAYS[type(parcel)]
        self._sent.labels(way, receipt.verdict.value).inc()
        self._seconds.labels(way).observe(receipt.seconds)

    def text(self, told: Told) -> bytes:
        return generate_latest(_Collected([*self.registry.collect(), *_of_features(told)]))


@dataclass(frozen=True, slots=True)
class Measured:
    """A carrier, with what it does counted."""

    carrier: Carrier
    metrics: Metrics

    async def carry(self, parcel: Parcel) -> Receipt:
        receipt = await self.carrier.carry(parcel)
        self.metrics.note(parcel, receipt)
        return receipt


def create_app(metrics: Metrics, read: Callable[[], Awaitable[Told]]) -> ASGIApp:
    async def answer(_: Request) -> Response:
        try:
            told = await read()
        except DatabaseErrors as error:
            log.warning("metrics wait for the database", error=str(error)[:300])
            return PlainTextResponse("the database does not answer\n", status_code=503)
        return Response(metrics.text(told), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/metrics", answer)])


class _Collected(Collector):
    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _of_features(told: Told) -> Iterator[Metric]:
    for words, number in told.figures.items():
        name = PREFIX + re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
        yield GaugeMetricFamily(name, words.capitalize(), value=number)
    for meter in told.meters:
        yield _metric(meter)


def _metric(meter: Meter) -> Metric:
    """A figure goes by its bare name. As a counter the library would put `_total` behind it, which is another name."""
    timed = any(sample.count is not None for sample in meter.samples)
    metric = Metric(meter.name, meter.words, "summary" if timed else "unknown")
    for sample in meter.samples:
        labels = dict(sample.labels)
        if sample.count is None:
            metric.add_sample(meter.name, labels, sample.value)
        else:
            metric.add_sample(f"{meter.name}_count", labels, sample.count)
            metric.add_sample(f"{meter.name}_sum", labels, sample.value)
    return metric
