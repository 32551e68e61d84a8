"""What it means when a call to Discord fails."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import discord

from rallypoint.kernel.errors import (
    Conflict,
    Forbidden,
    OutcomeUnknown,
    RallypointError,
    Refused,
    Unavailable,
)
from rallypoint.kernel.secrecy import SECRECY

from .trace import Attempt, attempt

PATIENCE = 45.0
"""Seconds for one call, with short rate limits waited out. Less than a job has, which then can
record the reason."""

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
UNKNOWN_OVERWRITE = 10009
NOT_IN_VOICE = 40032
NO_DIRECT_MESSAGES = 50007
INVALID_WEBHOOK_TOKEN = 50027
GUILD_FULL = 30013
INVALID_FORM = 50035
CATEGORY_FULL = "CHANNEL_PARENT_MAX_CHANNELS"

NETWORK = (aiohttp.ClientError, OSError, TimeoutError)


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """Around one call: its failure leaves as an error of ours."""
    current = Attempt()
    token = attempt.set(current)
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except RallypointError:
        raise
    except (discord.HTTPException, discord.RateLimited, *NETWORK) as error:
        raise meaning(error, sent=current.sent) from error
    except RuntimeError as error:
        # aiohttp's "Session is closed": the client was replaced while this call waited.
        raise meaning(ConnectionError(str(error)), sent=current.sent) from error
    finally:
        attempt.reset(token)


def meaning(error: Exception, *, sent: bool) -> RallypointError:
    """*sent*: whether the request may have reached Discord, where no answer of it did."""
    if isinstance(error, discord.RateLimited):
        return Unavailable(
            "Discord asks for a pause", retry_in=timedelta(seconds=error.retry_after)
        )
    if isinstance(error, discord.HTTPException):
        return _meaning_of_answer(error)
    if sent:
        return OutcomeUnknown(f"The connection to Discord broke: {_name(error)}")
    return Unavailable(f"Discord cannot be reached: {_name(error)}")


def _meaning_of_answer(error: discord.HTTPException) -> RallypointError:
    if error.status >= 500:
        return Unavailable(f"Discord answered {error.status}")
    if error.status == 429:
        return Unavailable(
            "Discord shuts this address out for a while", retry_in=_retry_after(error)
        )
    if error.status == 401 and error.code != INVALID_WEBHOOK_TOKEN:
        return Unavailable("Discord does not accept the bot token any more")
    if error.code == GUILD_FULL:
        return Conflict("guild_full")
    if error.code == INVALID_FORM and CATEGORY_FULL in codes_in(error):
        return Conflict("category_full")
    message = SECRECY.hide(error.text.partition("\n")[0])
    if error.status == 403:
        return Forbidden("discord_forbids", code=error.code, message=message)
    return Refused("discord_refuses", code=error.code, message=message)


def codes_in(error: discord.HTTPException) -> frozenset[str]:
    """Those in the nested `errors` of a refused form, of which discord.py shows only the texts."""
    found: set[str] = set()
    _collect(getattr(error, "_errors", None), found)
    return frozenset(found)


def _collect(part: Any, found: set[str]) -> None:
    if isinstance(part, dict):
        if isinstance(code := part.get("code"), str):
            found.add(code)
        for value in part.values():
            _collect(value, found)
    elif isinstance(part, list):
        for value in part:
            _collect(value, found)


def _retry_after(error: discord.HTTPException) -> timedelta:
    """A 429 that discord.py gives up on comes from the edge, which shuts out for minutes."""
    try:
        seconds = float(error.response.headers.get("Retry-After", ""))
    except ValueError:
        seconds = math.nan
    return timedelta(seconds=600 if math.isnan(seconds) else min(max(seconds, 1), 3600))


def _name(error: Exception) -> str:
    return str(error) or type(error).__name__
