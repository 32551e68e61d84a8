"""Verbs on messages."""

from __future__ import annotations

import pytest

from fakecord import Fault
from rallypoint.kernel.cards import Button, Card, ControlId, Of, Select
from rallypoint.kernel.errors import Forbidden, NotFound, OutcomeUnknown
from rallypoint.kernel.ids import ChannelId, MessageId, UserId

SAY = ("POST", "/channels/{channel_id}/messages")
CARD = Card(
    "Room",
    ("Owner: @everyone",),
    (
        (Button(id=ControlId("rooms.lock", "7"), label="Lock", emoji="🔒"),),
        Select(id=ControlId("rooms.invite", "7"), of=Of.MEMBERS, hint="Let people in…"),
    ),
)


@pytest.fixture
def general(home):
    return home.channel("general")


def its_id(channel):
    return ChannelId(int(channel.id))


async def test_a_card_is_said_changed_and_taken_back(port, general, alice):
    message_id = await port.say(its_id(general), CARD, key="one")
    assert "[Lock]" in general.transcript()
    assert "<Let people in…>" in general.transcript()

    await port.change_said(its_id(general), message_id, Card("Other", ("words",)))
    assert "Other" in general.transcript()
    assert "[Lock]" not in general.transcript()

    for _ in range(2):
        await port.unsay(its_id(general), message_id)
    assert general.transcript() == ""


async def test_what_is_said_twice_with_a_key_is_said_once(port, general):
    first = await port.say(its_id(general), CARD, key="one")
    again = await port.say(its_id(general), CARD, key="one")
    other = await port.say(its_id(general), CARD, key="two")

    assert first == again != other


async def test_an_unknown_outcome_is_not_repeated_blindly(port, general, fake):
    fake.faults.add(Fault(*SAY, after=True, status=502, times=None))
    with pytest.raises(OutcomeUnknown):
        await port.say(its_id(general), CARD, key="one")

    assert len(fake.requests.matching(*SAY)) == 1


async def test_a_message_or_channel_that_is_gone_is_told_apart(port, general):
    message_id = await port.say(its_id(general), CARD, key="one")
    with pytest.raises(NotFound) as gone:
        await port.change_said(its_id(general), MessageId(message_id + 1), CARD)
    assert gone.value.code == "message_unknown"

    await general.delete()
    with pytest.raises(NotFound) as gone:
        await port.say(its_id(general), CARD, key="two")
    assert gone.value.code == "channel_unknown"


async def test_a_member_is_told_in_private_unless_they_take_no_messages(port, alice):
    await port.tell(UserId(int(alice.id)), Card("Hello"), key="one")
    assert "Hello" in alice.reads_direct()

    alice.takes_direct_messages(False)
    with pytest.raises(Forbidden) as refused:
        await port.tell(UserId(int(alice.id)), Card("Again"), key="two")
    assert refused.value.code == "member_takes_no_messages"
