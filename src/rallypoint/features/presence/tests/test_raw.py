"""What Discord's payloads mean for the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rallypoint.features.presence import rules
from rallypoint.features.presence.bot import raw
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
GUILD = GuildId(1)


def state(user=100, channel=10, **flags):
    return {"user_id": str(user), "channel_id": channel and str(channel), **flags}


@pytest.mark.parametrize(
    ("name", "bit"),
    [
        ("self_mute", rules.SELF_MUTE),
        ("mute", rules.MUTE),
        ("self_deaf", rules.SELF_DEAF),
        ("deaf", rules.DEAF),
        ("self_stream", rules.STREAM),
        ("self_video", rules.CAMERA),
        ("suppress", 0),
    ],
)
def test_each_flag_is_kept_for_itself(name, bit):
    told = raw.voice_state(state(**{name: True}), GUILD, NOON, {})

    assert told == rules.VoiceState(GUILD, UserId(100), ChannelId(10), False, NOON, bit)


def test_a_snapshot_knows_bots_and_leaves_out_who_sits_in_a_channel_that_is_gone():
    members = [{"user": {"id": "100", "username": "alice"}}, {"user": {"id": "101", "bot": True}}]
    states = [state(100), state(101), state(102, 11), state(103, None)]
    payload = {"id": "1", "channels": [{"id": "10"}], "members": members, "voice_states": states}

    told = raw.snapshot(payload, NOON)

    assert [(each.user_id, each.channel_id, each.bot, each.username) for each in told.states] == [
        (100, 10, False, "alice"),
        (101, 10, True, ""),
    ]


def test_a_log_in_names_its_shard_and_its_guilds():
    guilds = [{"id": str(1 << 22), "unavailable": True}]
    told = raw.identified({"guilds": guilds, "shard": [1, 2]}, NOON)

    assert told.concerns(GuildId(1 << 22))
    assert not told.concerns(GuildId(2 << 22))
    assert not told.has_left(GuildId(1 << 22))
    assert told.has_left(GuildId(3 << 22))
    assert raw.identified({"guilds": []}, NOON).concerns(GUILD)


def test_the_mirror_says_what_discord_said_last_and_nothing_of_what_it_does_not_hear_of():
    mirror = raw.Mirror()
    in_voice = raw.voice_state(state(), GUILD, NOON, {})
    mirror.take(in_voice)
    assert mirror.of(GUILD) is None
    mirror.take(rules.Snapshot(GUILD, NOON, ()))
    mirror.take(in_voice)
    assert mirror.of(GUILD) == {100: in_voice}
    mirror.take(rules.ChannelGone(GUILD, ChannelId(11), NOON))
    assert mirror.of(GUILD) == {100: in_voice}
    mirror.take(rules.ChannelGone(GUILD, ChannelId(10), NOON))
    assert mirror.of(GUILD) == {}
    mirror.take(rules.Outage(GUILD, NOON))

    assert mirror.of(GUILD) is None
