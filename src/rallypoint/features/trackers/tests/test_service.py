from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from rallypoint.features.trackers import rules, service
from rallypoint.kernel.errors import Refused

from .test_rules import CHANNEL, FILE


async def test_what_is_taken_over_comes_out_again_and_twice_is_as_once(sessions, clock, tmp_path):
    file = tmp_path / "voice_channels.json"
    file.write_text(FILE)
    async with sessions.begin() as session:
        first = await service.take_over(session, file, clock.now())
        again = await service.take_over(session, file, clock.now())
        written = rules.read(await service.tracked(session, clock.now()))

    assert (first, again) == (
        (1, 0),
        (0, 1),
    )
    assert (written[111].name, written[111].creator_id, written[111].type) == (
        "Amber Fox",
        333,
        "public",
    )


async def test_a_broken_entry_lets_no_room_in(sessions, clock, tmp_path):
    file = tmp_path / "voice_channels.json"
    broken = {"111": CHANNEL, "112": {"channel_id": "112"}}
    file.write_text(json.dumps({"voice_channels": broken}))
    async with sessions.begin() as session:
        with pytest.raises(Refused):
            await service.take_over(session, file, clock.now())
    async with sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM room")) == 0
