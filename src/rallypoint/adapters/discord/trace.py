"""What every request to Discord passes: hooks of aiohttp, handed to discord.py as `http_trace`.

discord.py tries *every* request up to five times when the answer is 500, 502, 504 or 524. But such
an answer can follow the work: one create would then leave several channels. So an effect is tried
once, and its outcome is called unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import aiohttp

from rallypoint.kernel.errors import OutcomeUnknown

from .line import Line

READS = frozenset({"GET", "HEAD"})
REPEATABLE = re.compile(r"/interactions/\d+/[^/]+/callback$|/webhooks/\d+/[^/]+/messages/")
"""Answers to an interaction: a second one is turned away (40060) or changes nothing."""


BY_ITS_OWN_TOKEN = re.compile(r"/(interactions|webhooks)/\d+/[^/]+")
"""There a 401 is about the interaction's token, whose time is over: the bot's own is as good as before."""


class Attempt:
    """Whether the request of this call may have reached Discord."""

    def __init__(self) -> None:
        self.sent = False


attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def trace(line: Line, *, unauthorized: Callable[[], None]) -> aiohttp.TraceConfig:
    """*unauthorized* is called when the bot token is turned away: it may have been reset."""

    async def headers_sent(_: aiohttp.ClientSession, __: Any, ___: Any) -> None:
        if current := attempt.get():
            current.sent = True

    async def answered(
        _: aiohttp.ClientSession, __: Any, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        response = answer.response
        shared = response.headers.get("X-RateLimit-Scope") == "shared"
        if response.status in (401, 403) or (response.status == 429 and not shared):
            line.count_invalid(response.status)
        ours = "Authorization" in answer.headers and not BY_ITS_OWN_TOKEN.search(answer.url.path)
        if response.status == 401 and ours:
            unauthorized()
        if response.status == 429 and (current := attempt.get()):
            current.sent = False
        if response.status >= 500 and is_effect(answer.method, answer.url.path):
            raise OutcomeUnknown(f"Discord answered {response.status} to {answer.method}")

    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(headers_sent)
    config.on_request_end.append(answered)
    return config


def is_effect(method: str, path: str) -> bool:
    return method not in READS and not REPEATABLE.search(path)
