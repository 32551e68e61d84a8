from __future__ import annotations

import pytest

from rallypoint.features.checkups.feature import feature
from rallypoint.kernel import jobs
from rallypoint.kernel.errors import Forbidden

OWNER, SYSTEM_CHANNEL = 7, 8


class Heard:
    """Who was told something, and in which channel it was said."""

    def __init__(self, *, takes_messages):
        self.takes_messages = takes_messages
        self.told, self.said = [], []

    async def tell(self, user_id, card, *, key):
        if not self.takes_messages:
            raise Forbidden("member_takes_no_messages")
        self.told.append(user_id)

    async def say(self, channel_id, card, *, key):
        self.said.append(channel_id)


@pytest.mark.parametrize(
    ("takes_messages", "channel", "told", "said"),
    [
        (True, SYSTEM_CHANNEL, [OWNER], []),
        (False, SYSTEM_CHANNEL, [], [SYSTEM_CHANNEL]),
        (False, None, [], []),
    ],
    ids=["in private", "in the server's own channel", "nowhere"],
)
async def test_the_first_words_find_their_way(
    sessions, clock, drain, takes_messages, channel, told, said
):
    heard = Heard(takes_messages=takes_messages)
    args = {"name": "Home", "to": OWNER, "channel": channel}
    async with sessions.begin() as session:
        await jobs.schedule(session, "checkups.welcome", due=clock.now(), key="x", **args)
    await drain(feature.jobs, discord=heard)

    assert (heard.told, heard.said) == (told, said)
