"""In dbot's words, to the byte."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rallypoint.features.monitors.rules.callouts import Callout, Person, Type, body, values

AT = datetime(2023, 10, 10, 10, 10, 10, tzinfo=UTC)
ALICE, BOB = Person(2, "alice"), Person(3, "bob & søn")

BODIES = {
    Type.NEW_USER: (
        (ALICE,),
        '{"version":1,"type":"new_user","data":{"id":2,"username":"alice"},"channel_id":1,'
        '"happened_at":"2023-10-10T10:10:10Z"}',
    ),
    Type.USER_LEFT: (
        (BOB,),
        '{"version":1,"type":"user_left","data":{"id":3,"username":"bob & søn"},"channel_id":1,'
        '"happened_at":"2023-10-10T10:10:10Z"}',
    ),
    Type.USERS_CONNECTED: (
        (ALICE, BOB),
        '{"version":1,"type":"users_connected","data":{"usernames":["alice","bob & søn"],"users":'
        '[{"id":2,"username":"alice"},{"id":3,"username":"bob & søn"}]},"channel_id":1,'
        '"happened_at":"2023-10-10T10:10:10Z"}',
    ),
    Type.USERS_LEFT: (
        (),
        '{"version":1,"type":"users_left","data":{},"channel_id":1,'
        '"happened_at":"2023-10-10T10:10:10Z"}',
    ),
}


@pytest.mark.parametrize("type_", Type)
def test_the_redis_message_is_dbots_to_the_byte(type_):
    people, expected = BODIES[type_]

    assert body(1, Callout(type_, AT, people)) == expected


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (AT.replace(microsecond=120_000), "2023-10-10T10:10:10.120000Z"),
        (AT.astimezone(timezone(timedelta(hours=2))), "2023-10-10T10:10:10Z"),
    ],
)
def test_moments_are_said_as_pydantic_says_them(at, said):
    assert f'"happened_at":"{said}"' in body(1, Callout(Type.USERS_LEFT, at))


@pytest.mark.parametrize(
    ("type_", "people", "said"),
    [
        (Type.NEW_USER, (ALICE,), ("alice", 2, "")),
        (Type.USER_LEFT, (BOB,), ("bob & søn", 3, "")),
        (Type.USERS_CONNECTED, (ALICE, BOB), ("", "", "alice%2Cbob+%26+s%C3%B8n")),
        (Type.USERS_LEFT, (), ("", "", "")),
    ],
)
def test_addresses_are_filled_in_with_what_dbot_has(type_, people, said):
    found = values(1, Callout(type_, AT, people))

    assert (found["id"], found["type"]) == (1, type_.value)
    assert (found["username"], found["user_id"], found["usernames_safe"]) == said
