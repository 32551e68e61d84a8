"""The gate itself, and that every route is described."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from fakecord.requests import Request
from fakecord.rest.table import ROUTES

pytestmark = pytest.mark.openapi


def asked(method, path, body=None):
    return Request(1, 0.0, method, path, path, body=body)


def wrong(description, request, status, answer):
    return list(description.mismatches(request, status, orjson.dumps(answer)))


def test_every_route_is_described(description):
    missing = {
        route.name for route in ROUTES if description.operation(route.method, route.path) is None
    }

    assert missing == set(description.undescribed)


ROLE = "/guilds/1/roles"
GATEWAY = "/gateway"


@pytest.mark.parametrize(
    ("request_", "status", "answer", "found"),
    [
        (asked("GET", GATEWAY), 200, {"url": "ws://x"}, ""),
        (asked("GET", GATEWAY), 200, {"uri": "ws://x"}, '$: "url" is a required property'),
        (asked("GET", GATEWAY), 201, {"url": "ws://x"}, "status 201 is not described"),
        (asked("GET", "/nowhere"), 200, {}, "GET /nowhere is not described"),
        (asked("DELETE", "/channels/1"), 404, {"message": "x", "code": 10003}, ""),
        (asked("DELETE", "/channels/1"), 404, {"message": "x"}, '"code" is a required'),
        (asked("DELETE", "/guilds/1/roles/2"), 204, {}, "a body, and none is described"),
        (asked("POST", ROLE, {"hoist": 7}), 400, {"message": "x", "code": 50035}, ""),
    ],
    ids=range(8),
)
def test_an_answer_is_held_against_the_description(description, request_, status, answer, found):
    problems = wrong(description, request_, status, answer)

    assert bool(problems) is bool(found)
    assert found in "\n".join(problems)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"recipient_id": 7}, ""),
        ({"recipient_id": "7"}, ""),
        ({"recipient_id": -7}, "$.recipient_id: "),
        ({"recipient_id": "seven"}, "$.recipient_id: "),
    ],
    ids=["a number", "a string", "a negative one", "a word"],
)
def test_an_id_may_be_asked_for_as_a_number(description, body, found):
    request = asked("POST", "/users/@me/channels", body)
    problems = [each for each in wrong(description, request, 200, {}) if " with " in each]

    assert bool(problems) is bool(found)
    assert found in "".join(problems)


async def test_a_wrong_answer_is_this_tests_own(fake, api, traffic):
    """What a handler says wrong is found by whichever test asks; here we look before the gate does."""
    seen = traffic.seen
    application = fake.core.world.application
    step = fake.core.step()
    step.put(replace(application, description=7))
    fake.core.commit(step)
    await api("GET", "/applications/@me")
    told, traffic.wrong = traffic.wrong, []

    assert traffic.seen == seen + 1
    assert ["$.description" in each for each in told] == [True]
