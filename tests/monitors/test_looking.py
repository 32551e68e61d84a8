"""Each minute it is looked whether every channel is one we hear of; only then the health check is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, cast

import pytest

from rallypoint.features.monitors import jobs as edges
from rallypoint.features.monitors.feature import feature
from rallypoint.features.monitors.model import MonitorPing
from rallypoint.features.monitors.service import looking, sealing, telling
from rallypoint.features.presence.model import VoiceSight, VoiceStay
from rallypoint.kernel import jobs
from rallypoint.kernel.feature import Grade, Parts
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.outlets import Receipt, Verdict
from rallypoint.kernel.ports import ChannelLook, Discord, GuildLook, SeenChannel

from .conftest import GUILD, LOBBY, joined, left

PING = "https://hc-ping.example/uuid"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STAGE = ChannelId(20)


class Gateway:
    """As far as the channels go: what it has told."""

    connected = True
    told: tuple[tuple[Literal["voice", "text"], int, str], ...] = (
        ("voice", STAGE, "Stage"),
        ("voice", LOBBY, "Lobby"),
        ("text", 30, "lobby-chat"),
    )

    def __init__(self) -> None:
        self.channels = {LOBBY: SeenChannel(GUILD, "Lobby", True)}

    def channel(self, channel_id: ChannelId) -> SeenChannel | None:
        return self.channels.get(channel_id)

    def look(self, guild_id: GuildId) -> GuildLook:
        looks = [ChannelLook(ChannelId(n), name, kind, None) for kind, n, name in self.told]
        return GuildLook(guild_id, "Arena", tuple(looks), ())


@pytest.fixture
def gateway():
    return Gateway()


@pytest.fixture
def sees(sessions, clock):
    """`await sees("known")`: what the ledger says of its guild."""

    async def put(sight="known"):
        async with sessions.begin() as session:
            await session.merge(VoiceSight(guild_id=GUILD, sight=sight, at=clock.now()))

    return put


@pytest.fixture
async def ping(sessions, clock):
    async with sessions.begin() as session:
        await looking.aim_ping(session, PING, now=clock.now())


@pytest.fixture
def round_(sessions, clock, engine_for, recorder, gateway):
    """One round; what it called."""

    async def run():
        recorder.carried.clear()
        async with sessions.begin() as session:
            await jobs.schedule(session, "monitors.look", due=clock.now())
        kinds = {"monitors.look": feature.jobs["monitors.look"]}
        await engine_for(kinds, carrier=recorder, discord=gateway).drain()
        return recorder.urls

    return run


async def test_the_health_check_is_told_once_all_channels_are_seen(
    ping, list_channels, sees, round_, gateway
):
    assert await round_() == []
    await list_channels({"channel_id": LOBBY}, {"channel_id": STAGE})
    assert await round_() == []
    await sees("known")
    assert await round_() == []
    gateway.channels[STAGE] = SeenChannel(GUILD, "Stage", True)

    assert await round_() == [PING]
    await sees("unknown")
    assert await round_() == []


async def test_a_ping_that_fails_is_the_doctors_to_say(
    ping, lobby, sees, round_, recorder, sessions, clock
):
    await sees()
    parts = Parts(sessions, clock, cast(Discord, Gateway()))
    recorder.answers = [Receipt(Verdict.LATER, reason="timed_out")]
    await round_()
    first = await edges.check(parts)
    await round_()

    assert [(each.grade, each.fact) for each in first] == [
        (Grade.OK, "1 of them, none with a problem"),
        (Grade.WARNING, "the last one did not arrive (timed_out)"),
    ]
    assert [each.grade for each in await edges.check(parts)] == [Grade.OK]


async def test_another_address_begins_anew_also_if_the_key_to_the_last_is_lost(
    ping, sessions, clock, keys
):
    async with sessions.begin() as session:
        (await session.get(MonitorPing, 1)).reason = "timed_out"
        await looking.aim_ping(session, f"{PING}2", now=clock.now())
        row = await session.get(MonitorPing, 1)

        assert PING not in row.url
        assert (sealing.ping(session, row.url), row.reason) == (f"{PING}2", None)
    keys("o" * 32)
    async with sessions.begin() as session:
        row = await session.get(MonitorPing, 1)
        assert sealing.ping(session, row.url) is None
        await looking.aim_ping(session, PING, now=clock.now())
        assert sealing.ping(session, row.url) == PING


async def test_what_is_no_voice_channel_or_not_there_is_named_with_its_place_and_what_was_meant(
    list_channels, sees, round_, gateway, sessions, clock
):
    gateway.channels[30] = SeenChannel(GUILD, "lobby-chat", False)
    await list_channels({"channel_id": 30}, {"channel_id": 31})
    await sees()
    await round_()
    found = await edges.check(Parts(sessions, clock, cast(Discord, gateway)))

    assert [(each.grade, each.fact) for each in found] == [
        (
            Grade.FAILURE,
            "channels[0].channel_id: 30 (lobby-chat) is no voice channel; did you mean 10 (Lobby)?",
        ),
        (
            Grade.FAILURE,
            "channels[1].channel_id: the bot sees no channel 31; add the bot to its server, let it"
            " view the channel, or correct the id.",
        ),
    ]


async def test_an_empty_channel_that_was_looked_at_is_known_so_who_came_unseen_is_called_out(
    list_channels, sees, round_, happens, call_out, recorder, clock
):
    await list_channels({"channel_id": LOBBY, "redis": {"queue": "q"}})
    await sees()
    await round_()
    clock.advance(HOUR)
    await happens(joined(1, estimated_since=clock.now()))
    await call_out()

    assert recorder.types == ["new_user", "users_connected"]


async def test_who_was_in_it_at_the_first_look_is_not_called_out_but_their_leaving_is(
    list_channels, sees, round_, happens, call_out, recorder, clock, sessions
):
    await list_channels({"channel_id": LOBBY, "redis": {"queue": "q"}})
    await sees()
    async with sessions.begin() as session:
        stay = {"guild_id": GUILD, "channel_id": LOBBY, "user_id": 5, "bot": False}
        session.add(VoiceStay(**stay, started_at=clock.now()))
    await round_()
    await happens(left(5, username="eve"))
    await call_out()

    assert recorder.types == ["user_left", "users_left"]
    assert '"username":"eve"' in recorder.pushed[0][1]


async def test_what_waits_to_be_called_out_keeps_its_age(
    lobby, sees, round_, happens, call_out, recorder, clock, rows
):
    """The ledger knows since a moment ago who came in an outage of two hours: it is too old although we know it now."""
    before = (await rows())[0].seen_at
    clock.advance(2 * HOUR)
    await sees()
    await happens(joined(1, estimated_since=before))
    await round_()
    assert [row.seen_at for row in await rows()] == [before]
    await call_out()
    await round_()

    assert recorder.types == []
    assert [row.seen_at for row in await rows()] == [clock.now()]


async def test_metrics_go_by_dbots_names(lobby, sees, round_, happens, call_out, sessions, clock):
    await sees()
    await round_()
    await round_()
    await happens(joined(1))
    clock.advance(MINUTE)
    await call_out()
    async with sessions() as session:
        meters = {each.name: each.samples for each in await telling.meters(session)}

    assert set(meters) == {
        "channel_processing",
        "channels_processing",
        "notifications_processing",
        "notifications",
        "webhooks",
        "redis_events",
    }
    [looked], [called] = meters["channel_processing"], meters["notifications_processing"]
    assert (looked.labels, looked.count) == ({"channel": "10"}, 2)
    assert meters["channels_processing"][0].count == 2
    assert (called.value, called.count) == (60, 1)
    assert [
        each[0].value
        for name, each in meters.items()
        if name in ("notifications", "webhooks", "redis_events")
    ] == [2, 0, 2]
