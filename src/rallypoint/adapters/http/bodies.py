"""What comes in with a request: read up to a limit, and no JSON that means something else to the next reader."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterable
from typing import Any

from starlette.types import Message, Receive

MOST_BYTES = 64 * 1024
READ_WITHIN = 10
"""Seconds."""
DEEPEST = 20
LARGEST = 2**63 - 1


class TooLarge(Exception):
    """More than MOST_BYTES."""


class Gone(Exception):
    """The client hung up."""


class NotJson(ValueError):
    """Why, in words."""


async def read(receive: Receive, declared: str | None, *, within: float = READ_WITHIN) -> bytes:
    """Raise TooLarge (at once if the length is *declared*), Gone, or TimeoutError."""
    if declared is not None and declared.isdecimal() and int(declared[:20]) > MOST_BYTES:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(within):
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > MOST_BYTES:
                raise TooLarge
            more = message.get("more_body", False)
    return b"".join(parts)


def again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out *body* first."""
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def check(body: bytes) -> None:
    """Raise NotJson for what is none, and for what JSON's readers do not agree on or a database cannot keep."""
    try:
        value = json.loads(
            body,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_once,
        )
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except NotJson:
        raise
    except ValueError:
        raise NotJson("it cannot be read as JSON") from None
    _check_inside(value)


def _refuse_constant(name: str) -> float:
    raise NotJson(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJson("a number in it is too large")
    return value


def _whole(text: str) -> int:
    # Looked at as a text first: turning a very long one into a number takes very long.
    if len(text) > len(str(-LARGEST)) or abs(int(text)) > LARGEST:
        raise NotJson("a number in it is too large")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise NotJson("a name in it is there twice")
    return value


def _check_inside(value: object) -> None:
    """Level by level, so that no depth is too deep for looking."""
    level: list[object] = [value]
    for _ in range(DEEPEST):
        for each in level:
            if isinstance(each, str):
                _check_text(each)
        level = [inner for each in level for inner in _parts(each)]
        if not level:
            return
    raise NotJson("it is nested too deeply")


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else ()


def _check_text(text: str) -> None:
    if "\0" in text:
        raise NotJson("a text in it holds the character NUL")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotJson("a text in it holds half of a character")
