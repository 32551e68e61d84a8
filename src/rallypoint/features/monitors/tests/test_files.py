"""What a channels file may say, and in which words it is told what it may not."""

from __future__ import annotations

import json

import pytest

from rallypoint.features.monitors import texts
from rallypoint.features.monitors.rules import files
from rallypoint.features.monitors.rules.callouts import Type
from rallypoint.kernel.errors import Refused

HOOK = "https://hooks.example/in?channel={{id}}&who={{username}}"

EXAMPLE = {
    "_comment": "remarks begin with an underscore",
    "channels": [
        {
            "_description": "both",
            "channel_id": 1234567890123456789,
            "webhooks": {
                "new_user_webhooks": [HOOK, "https://other.example/one"],
                "user_left_webhooks": [HOOK],
                "users_connected_webhooks": ["https://hooks.example/in?n={{usernames_safe}}"],
                "users_left_webhooks": [],
            },
            "redis": {"queue": "dbot.events.channel1"},
        },
        # Beyond what fits into 63 bits, as in dbot's own example.
        {"channel_id": 9876543210987654321, "redis_queues": [{"queue": "a"}, {"queue": "b"}]},
    ],
    "_notes": ["anything", {"at": "all"}],
}


def read(data):
    return files.read(data if isinstance(data, str) else json.dumps(data))


def channel(**members):
    return {"channels": [{"channel_id": 1, **members}]}


def test_the_shape_of_dbots_example_is_read():
    first, second = read(EXAMPLE)

    assert (first.channel_id, first.place) == (1234567890123456789, "channels[0]")
    assert [each.template for each in first.addresses[Type.NEW_USER]] == [
        HOOK,
        "https://other.example/one",
    ]
    assert first.addresses[Type.USERS_LEFT] == ()
    assert (first.queues, second.queues) == (("dbot.events.channel1",), ("a", "b"))
    assert second.channel_id == 9876543210987654321


@pytest.mark.parametrize(
    ("members", "queues"),
    [
        ({"redis": {"queue": "q"}}, ("q",)),
        ({"redis_queues": [{"queue": "q"}]}, ("q",)),
        ({"redis": {"queue": "q"}, "redis_queues": [{"queue": "r"}, {"queue": "q"}]}, ("q", "r")),
        ({"redis": None, "redis_queues": None, "webhooks": None}, ()),
        ({"redis": {"queue": "q", "_note": 1}}, ("q",)),
        ({"webhooks": {"new_user_webhooks": None}}, ()),
        ({"channel_id": "17"}, ()),
    ],
    ids=lambda value: str(value)[:60],
)
def test_both_forms_of_redis_are_read_and_what_is_null_is_left_out(members, queues):
    [listed] = read(channel(**members))

    assert listed.queues == queues
    assert listed.is_idle is not bool(queues)


WRONG = {
    "a comma too many": (
        '{"channels": [\n  {"channel_id": 1},\n]}',
        "The file is broken at line 3, column 1: Expecting value.",
    ),
    "not an object": ([], "the file must be an object in { }."),
    "no channels": ({"_c": 1}, "the file has no channels; add it."),
    "channels of another kind": (
        {"channels": {"channel_id": 1}},
        "channels must be a list of channels in [ ].",
    ),
    "a key at the top": (
        {"chanels": []},
        "There is no key chanels at chanels; did you mean channels? Remarks begin with _.",
    ),
    "a key of a channel": (
        channel(webhook={}),
        "There is no key webhook at channels[0].webhook; did you mean webhooks? Remarks begin with _.",
    ),
    "a key of webhooks": (
        channel(webhooks={"new_users_webhooks": []}),
        "There is no key new_users_webhooks at channels[0].webhooks.new_users_webhooks;"
        " did you mean new_user_webhooks? Remarks begin with _.",
    ),
    "a key of redis": (
        channel(redis={"queu": "x"}),
        "There is no key queu at channels[0].redis.queu; did you mean queue? Remarks begin with _.",
    ),
    "a key of a queue": (
        channel(redis_queues=[{"queue": "x"}, {"queue": "y", "name": 1}]),
        "There is no key name at channels[0].redis_queues[1].name; did you mean queue?"
        " Remarks begin with _.",
    ),
    "the list form of redis": (
        channel(redis=[{"queue": "x"}]),
        "channels[0].redis must be an object in { }.",
    ),
    "a queue without a name": (channel(redis={}), "channels[0].redis has no queue; add it."),
    "an empty queue": (
        channel(redis={"queue": ""}),
        "channels[0].redis.queue must be the name of a Redis list, of 1 to 512 characters.",
    ),
    "an address that is a number": (
        channel(webhooks={"user_left_webhooks": [HOOK, 5]}),
        "channels[0].webhooks.user_left_webhooks[1] must be an address in quotes.",
    ),
    "an address without its list": (
        channel(webhooks={"user_left_webhooks": HOOK}),
        "channels[0].webhooks.user_left_webhooks must be a list of addresses in [ ].",
    ),
    "no id": ({"channels": [{"webhooks": {}}]}, "channels[0] has no channel_id; add it."),
    "an id that is none": (
        {"channels": [{"channel_id": True}]},
        "channels[0].channel_id must be a channel's id, such as 80351110224678912.",
    ),
    "an id beyond 64 bits": (
        {"channels": [{"channel_id": 1 << 64}]},
        "channels[0].channel_id must be a channel's id, such as 80351110224678912.",
    ),
    "an id beyond all bounds": (
        '{"channels": [{"channel_id": 1' + "0" * 5000 + "}]}",
        "the file must be a channels file.",
    ),
    "a channel twice": (
        {"channels": [{"channel_id": 7}, {"channel_id": 8}, {"channel_id": "7"}]},
        "channels[2].channel_id: the channel 7 is that of channels[0] already; put both into one.",
    ),
    "a key twice": (
        '{"channels": [{"channel_id": 1, "redis": {"queue": "a", "queue": "b"}}]}',
        "The key queue stands twice in channels[0].redis; keep one of them.",
    ),
    "too deep": ("[" * 100_000, "the file must be a channels file."),
}


@pytest.mark.parametrize(("data", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_place_and_what_was_meant(data, words):
    with pytest.raises(Refused) as refused:
        read(data)

    assert texts.words(refused.value) == words


def test_a_boundary_id_is_read():
    [listed] = read({"channels": [{"channel_id": (1 << 64) - 1}]})

    assert listed.channel_id == (1 << 64) - 1
