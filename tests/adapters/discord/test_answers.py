"""What a failed call means; the same through a real connection is in test_port.py."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from rallypoint.adapters.discord import answers
from rallypoint.adapters.discord.trace import attempt, is_effect
from rallypoint.kernel.errors import (
    Conflict,
    Forbidden,
    OutcomeUnknown,
    Refused,
    Unavailable,
)


class Answer:
    """As much of an HTTP response as discord.py's errors look at."""

    reason = "because"

    def __init__(self, status, **headers):
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def error(status, code=0, *, message="No", errors=None, **headers):
    body = {"code": code, "message": message}
    answer: Any = Answer(status, **headers)
    return discord.HTTPException(answer, body | ({"errors": errors} if errors else {}))


FULL = {"parent_id": {"_errors": [{"code": "CHANNEL_PARENT_MAX_CHANNELS", "message": "Full"}]}}
LONG = {"name": {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Too long"}]}}


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        pytest.param(error(403, 50013), Forbidden, "discord_forbids", id="forbidden"),
        pytest.param(error(400, 30013), Conflict, "guild_full", id="500 channels"),
        pytest.param(error(400, 50035, errors=FULL), Conflict, "category_full", id="50 in it"),
        pytest.param(error(400, 50035, errors=LONG), Refused, "discord_refuses", id="bad form"),
        pytest.param(error(404, 10004), Refused, "discord_refuses", id="unknown guild"),
    ],
)
def test_a_no_of_discord_is_a_refusal(given, kind, code):
    meaning = answers.meaning(given, sent=True)

    assert type(meaning) is kind
    assert isinstance(meaning, Refused)
    assert meaning.code == code


def test_a_refusal_names_discords_code_and_words():
    meaning = answers.meaning(error(403, 50013, message="Missing Permissions"), sent=True)

    assert isinstance(meaning, Refused)
    assert meaning.facts == {"code": 50013, "message": "Missing Permissions"}


def test_an_interaction_whose_time_is_over_is_refused_for_good():
    assert type(answers.meaning(error(401, 50027), sent=True)) is Refused


@pytest.mark.parametrize("status", [401, 429, 500, 502, 503, 504, 520])
def test_what_may_be_better_later_is_unavailable(status):
    assert type(answers.meaning(error(status), sent=True)) is Unavailable


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("64.57", 64.57), ("-5", 1), ("1000000000000", 3600), ("soon", 600), ("", 600), ("nan", 600)],
)
def test_being_shut_out_by_the_edge_is_waited_for(header, seconds):
    meaning = answers.meaning(error(429, Retry_After=header), sent=True)

    assert isinstance(meaning, Unavailable)
    assert meaning.retry_in == timedelta(seconds=seconds)


def test_a_long_rate_limit_says_how_long():
    meaning = answers.meaning(discord.RateLimited(421.5), sent=True)

    assert isinstance(meaning, Unavailable)
    assert meaning.retry_in == timedelta(seconds=421.5)


@pytest.mark.parametrize(
    "broken",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "Connection reset by peer"),
        aiohttp.ClientPayloadError(),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_connection_that_broke_leaves_it_open_only_after_sending(broken):
    assert type(answers.meaning(broken, sent=True)) is OutcomeUnknown
    assert type(answers.meaning(broken, sent=False)) is Unavailable


async def test_a_call_that_waited_for_its_turn_too_long_was_not_carried_out(monkeypatch):
    monkeypatch.setattr(answers, "PATIENCE", 0.0)

    with pytest.raises(Unavailable) as error:
        async with answers.asking():
            await asyncio.Event().wait()

    assert not isinstance(error.value, OutcomeUnknown)


async def test_a_call_that_was_sent_and_not_answered_is_unknown(monkeypatch):
    monkeypatch.setattr(answers, "PATIENCE", 0.0)

    async def wait_for_ever():
        current = attempt.get()
        assert current is not None
        current.sent = True
        await asyncio.Event().wait()

    with pytest.raises(OutcomeUnknown):
        async with answers.asking():
            await wait_for_ever()


async def test_a_cancelled_call_stays_cancelled():
    with pytest.raises(asyncio.CancelledError):
        async with answers.asking():
            raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("method", "path", "effect"),
    [
        ("GET", "/api/v10/channels/1", False),
        ("POST", "/api/v10/guilds/1/channels", True),
        ("POST", "/api/v10/channels/1/messages", True),
        ("DELETE", "/api/v10/channels/1", True),
        ("PUT", "/api/v10/applications/1/commands", True),
        ("POST", "/api/v10/interactions/1/token/callback", False),
        ("POST", "/api/v10/webhooks/1/token", True),
        ("PATCH", "/api/v10/webhooks/1/token/messages/@original", False),
    ],
)
def test_only_what_may_be_repeated_is_repeated(method, path, effect):
    assert is_effect(method, path) is effect
