from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rallypoint.features.trackers import rules
from rallypoint.kernel.errors import Refused

CHANNEL = {
    "channel_id": "111",
    "guild_id": 222,
    "name": "Amber Fox",
    "type": "public",
    "created_at": "2030-01-01T12:00:00",
    "last_checked": "2030-01-01T12:05:00+00:00",
    "empty_since": None,
    "creator_id": "333",
    "text_channel_id": "444",
}
FILE = json.dumps({"voice_channels": {"111": CHANNEL}}, indent=1)


def test_a_file_is_read_and_written_as_it_was():
    tracked = rules.read(FILE)

    assert (tracked[111].guild_id, tracked[111].created_at.isoformat()) == (
        222,
        "2030-01-01T12:00:00+00:00",
    )
    assert rules.read(rules.write(tracked)) == tracked


@given(st.integers(min_value=0, max_value=len(FILE) - 2))
def test_a_truncated_file_is_refused_with_the_position(length):
    with pytest.raises(Refused) as refusal:
        rules.read(FILE[:length])

    assert refusal.value.code == "tracker_corrupt"
    assert str(refusal.value.facts["line"]).isdecimal()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"guild_id": "here"}, "voice_channels.111.guild_id"),
        ({"type": "secret"}, "voice_channels.111.type"),
        ({"created_at": "yesterday"}, "voice_channels.111.created_at"),
        ({"channel_id": "112"}, "voice_channels.111"),
        ({"creator_id": 1 << 64}, "voice_channels.111.creator_id"),
    ],
    ids=str,
)
def test_one_wrong_entry_refuses_the_whole_with_its_place(change, where):
    with pytest.raises(Refused) as refusal:
        rules.read(json.dumps({"voice_channels": {"111": CHANNEL | change}}))

    assert refusal.value.facts["where"] == where


@pytest.mark.parametrize("text", ["[]", "{}", '{"voice_channels": []}', "null"])
def test_what_is_no_tracker_is_refused(text):
    with pytest.raises(Refused):
        rules.read(text)
