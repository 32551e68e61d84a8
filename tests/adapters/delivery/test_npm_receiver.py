"""A receiver written in JavaScript, with the Standard Webhooks package of npm, takes what our carrier sends."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rallypoint.kernel import signing
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import HttpRequest

from .receivers import receiver

pytestmark = pytest.mark.standardwebhooks_js
SCRIPT = Path(__file__).parent / "standardwebhooks_js" / "verify.mjs"
OLD, NEW, STRANGER = (signing.secret_of(bytes([n]) * 32) for n in (1, 2, 3))
BODY = '{"id":"e1","data":{"name":"Zoë {{7*7}} 😀"}}'


def verified(*received: dict[str, Any]) -> list[dict[str, Any]]:
    node = os.environ["RALLYPOINT_TEST_STANDARDWEBHOOKS_JS"]
    lines = "".join(json.dumps(each) + "\n" for each in received)
    done = subprocess.run([node, SCRIPT], input=lines, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def received(http, *, at: datetime, secrets: list[str]) -> dict[str, Any]:
    """What arrives at the other end of a wire."""
    headers = signing.headers("msg_1", BODY.encode(), at=at, secrets=secrets)
    async with receiver() as here:
        request = HttpRequest("POST", here.url, headers, BODY.encode(), tenant=GuildId(1))
        await http(here.port).carry(request)
    head, _, body = here.requests[0].partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {"headers": {name.lower(): value for name, value in lines}, "body": body.decode()}


async def test_it_takes_what_is_signed_and_nothing_else(http):
    now = datetime.now(UTC)
    one = await received(http, at=now, secrets=[NEW])
    during = await received(http, at=now, secrets=[NEW, OLD])
    late = await received(http, at=now - timedelta(minutes=6), secrets=[NEW])
    changed = one | {"body": one["body"].replace("e1", "e2")}
    answers = verified(
        *(each | {"secret": NEW} for each in (one, during, late, changed)),
        *(each | {"secret": OLD} for each in (during, one)),
        one | {"secret": STRANGER},
    )

    accepted = {"accepted": json.loads(BODY)}
    assert answers[:2] == [accepted, accepted]
    assert answers[2] == {"refused": "Message timestamp too old"}
    assert answers[4] == accepted
    assert {each.get("refused") for each in (answers[3], *answers[5:])} == {
        "No matching signature found"
    }
