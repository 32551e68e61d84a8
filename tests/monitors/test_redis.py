"""To a real Redis, by the program's own carrier."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

import pytest
from redis.asyncio import Redis as Client

from rallypoint.adapters.delivery.redis import Redis
from rallypoint.features.deliveries.feature import feature as deliveries_feature
from rallypoint.features.monitors.feature import feature

from .conftest import LOBBY, joined, left

pytestmark = pytest.mark.redis


@pytest.fixture
async def redis():
    made = Redis(os.environ["RALLYPOINT_TEST_REDIS"])
    yield made
    await made.close()


async def test_the_four_types_lie_in_a_bare_list_to_the_byte(
    redis, list_channels, happens, drain, clock
):
    queue = f"dbot events {uuid4()}"
    await list_channels({"channel_id": LOBBY, "redis": {"queue": queue}})
    clock.advance(timedelta(microseconds=1))
    await happens(joined(1, username="søn"))
    await happens(left(1))
    at = clock.now().isoformat().replace("+00:00", "Z")
    await drain(deliveries_feature.jobs, (), feature.gatherers, carrier=redis)
    async with Client.from_url(os.environ["RALLYPOINT_TEST_REDIS"]) as client:
        lies = cast(list[bytes], await client.lrange(queue, 0, -1))
        await client.delete(queue)

    assert [each.decode() for each in lies] == [
        f'{{"version":1,"type":"{type_}","data":{data},"channel_id":10,"happened_at":"{at}"}}'
        for type_, data in (
            ("new_user", '{"id":1,"username":"søn"}'),
            ("users_connected", '{"usernames":["søn"],"users":[{"id":1,"username":"søn"}]}'),
            ("user_left", '{"id":1,"username":"søn"}'),
            ("users_left", "{}"),
        )
    ]
    assert datetime.fromisoformat(json.loads(lies[0])["happened_at"]) == clock.now()
