"""Without a connection: what comes in, and in which order it is handed on."""

from __future__ import annotations

import pytest

from rallypoint.adapters.discord.intake import Intake
from rallypoint.kernel.ids import GuildId

HOME, ELSEWHERE = GuildId(10), GuildId(20)


class Parsers:
    """Stands where discord.py's cache stands, and remembers."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.table = {
            event: lambda payload, event=event: self.parse(event, payload)
            for event in (
                "READY",
                "RESUMED",
                "GUILD_CREATE",
                "GUILD_DELETE",
                "VOICE_STATE_UPDATE",
                "INTERACTION_CREATE",
            )
        }

    def parse(self, event, payload):
        if payload.get("poison"):
            raise KeyError("position")
        self.seen.append(f"parsed {event}")

    def receive(self, event, **payload):
        self.table[event](payload)


@pytest.fixture
def parsers():
    return Parsers()


@pytest.fixture
def told():
    return []


@pytest.fixture
def intake(parsers, told):
    return Intake(parsers.table, allowed_guilds=frozenset(), tell=told.append)


@pytest.fixture
def at_home(parsers, told):
    return Intake(parsers.table, allowed_guilds=frozenset({HOME}), tell=told.append)


def listen(intake, parsers, event):
    intake.add({event: lambda payload: parsers.seen.append(f"raw {payload.get('n')}")})


def test_a_raw_listener_hears_before_the_cache(intake, parsers):
    listen(intake, parsers, "VOICE_STATE_UPDATE")

    parsers.receive("VOICE_STATE_UPDATE", n=1)
    parsers.receive("VOICE_STATE_UPDATE", n=2)

    parsed = "parsed VOICE_STATE_UPDATE"
    assert parsers.seen == ["raw 1", parsed, "raw 2", parsed]


def test_an_event_unknown_to_discord_py_reaches_its_listener(intake, parsers):
    listen(intake, parsers, "VOICE_CHANNEL_STATUS_UPDATE")

    parsers.receive("VOICE_CHANNEL_STATUS_UPDATE", n=1)

    assert parsers.seen == ["raw 1"]


def test_a_listener_that_fails_keeps_nothing_from_the_others(intake, parsers):
    def fail(payload):
        raise RuntimeError("no")

    intake.add({"VOICE_STATE_UPDATE": fail})
    listen(intake, parsers, "VOICE_STATE_UPDATE")

    parsers.receive("VOICE_STATE_UPDATE", n=1)

    assert parsers.seen == ["raw 1", "parsed VOICE_STATE_UPDATE"]


@pytest.mark.parametrize("payload", [{"poison": True}, {"guild_id": "not a number"}, {"id": []}])
def test_an_event_that_cannot_be_digested_is_left_out(intake, parsers, payload):
    parsers.receive("GUILD_CREATE", **payload)
    parsers.receive("VOICE_STATE_UPDATE", **payload)
    parsers.receive("VOICE_STATE_UPDATE")

    assert parsers.seen[-1] == "parsed VOICE_STATE_UPDATE"


@pytest.mark.parametrize("payload", [None, [], "text", 7])
def test_a_payload_that_is_no_object_is_left_out(intake, parsers, payload):
    parsers.table["VOICE_STATE_UPDATE"](payload)

    assert parsers.seen == []


def test_without_a_ready_the_client_ends(intake, parsers):
    with pytest.raises(KeyError):
        parsers.receive("READY", poison=True)


def test_connected_means_that_all_guilds_are_there(intake, parsers, told):
    parsers.receive("READY", guilds=[{"id": "10"}, {"id": "20"}])
    parsers.receive("GUILD_CREATE", id="10")

    assert told == []

    parsers.receive("GUILD_CREATE", id="20")
    assert told == [True]


def test_a_guild_that_went_away_is_not_waited_for(intake, parsers, told):
    parsers.receive("READY", guilds=[{"id": "10"}])
    parsers.receive("GUILD_DELETE", id="10")

    assert told == [True]


def test_a_guild_that_cannot_be_digested_is_not_waited_for_for_ever(intake, parsers, told):
    parsers.receive("READY", guilds=[{"id": "10"}])
    parsers.receive("GUILD_CREATE", id="10", poison=True)
    intake.stop_waiting_for_guilds()

    assert told == [True]


def test_a_late_readiness_of_a_dead_session_means_nothing(intake, parsers, told):
    parsers.receive("READY", guilds=[{"id": "10"}])
    intake.session_ended()
    intake.stop_waiting_for_guilds()

    assert told == []


def test_a_resumed_session_is_connected_at_once(intake, parsers, told):
    parsers.receive("READY", guilds=[])
    intake.session_ended()
    parsers.receive("RESUMED")

    assert told == [True, True]


def test_a_guild_that_is_not_allowed_is_left_alone(at_home, parsers, told):
    listen(at_home, parsers, "VOICE_STATE_UPDATE")

    parsers.receive("READY", guilds=[{"id": str(HOME)}, {"id": str(ELSEWHERE)}])
    parsers.receive("GUILD_CREATE", id=str(ELSEWHERE))
    parsers.receive("VOICE_STATE_UPDATE", n=1, guild_id=str(ELSEWHERE))
    parsers.receive("GUILD_CREATE", id=str(HOME))
    parsers.receive("VOICE_STATE_UPDATE", n=2, guild_id=str(HOME))

    assert parsers.seen == [
        "parsed READY",
        "parsed GUILD_CREATE",
        "raw 2",
        "parsed VOICE_STATE_UPDATE",
    ]
    assert told == [True]


def test_somebody_elsewhere_still_gets_an_answer(at_home, parsers):
    parsers.receive("INTERACTION_CREATE", guild_id=str(ELSEWHERE))

    assert parsers.seen == ["parsed INTERACTION_CREATE"]
    assert not at_home.allows(ELSEWHERE)
