"""What Prometheus reads."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rallypoint.adapters.telemetry.metrics import Measured, Metrics, Told, create_app
from rallypoint.kernel.meters import Meter, Sample
from rallypoint.kernel.outlets import HttpRequest, Parcel, Receipt, RedisPush, Verdict

METERS = [
    Meter("webhooks", "Addresses", (Sample(3),)),
    Meter("channel_processing", "Looks", (Sample(0.5, {"channel": '1"\n'}, count=2),)),
]


class Fails:
    async def carry(self, parcel: Parcel) -> Receipt:
        if isinstance(parcel, RedisPush):
            return Receipt(Verdict.LATER, 2.0, reason="unreachable")
        return Receipt(Verdict.DELIVERED, 0.5, 200)


@pytest.fixture
def read():
    async def told():
        return Told({"people in voice": 7}, METERS)

    return told


async def scrape(metrics, read):
    transport = httpx.ASGITransport(create_app(metrics, read))
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as client:
        return await client.get("/metrics")


async def test_features_figures_have_their_names_and_nothing_behind_them(read):
    response = await scrape(Metrics(), read)
    lines = response.text.splitlines()

    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "rallypoint_people_in_voice 7.0" in lines
    assert "webhooks 3.0" in lines
    assert 'channel_processing_count{channel="1\\"\\n"} 2.0' in lines
    assert 'channel_processing_sum{channel="1\\"\\n"} 0.5' in lines
    assert len(list(text_string_to_metric_families(response.text))) >= 4


async def test_what_is_sent_is_counted_by_its_way_and_how_it_ended(read):
    metrics = Metrics()
    carrier = Measured(Fails(), metrics)
    await carrier.carry(HttpRequest("GET", "https://h.example/"))
    await carrier.carry(RedisPush("q", b"{}"))
    lines = (await scrape(metrics, read)).text.splitlines()

    assert 'rallypoint_sent_total{verdict="delivered",way="http"} 1.0' in lines
    assert 'rallypoint_sent_total{verdict="later",way="redis.list"} 1.0' in lines
    assert 'rallypoint_send_seconds_sum{way="redis.list"} 2.0' in lines


async def test_a_database_that_does_not_answer_is_said_so():
    async def down():
        raise ConnectionError

    assert (await scrape(Metrics(), down)).status_code == 503
