"""Why somebody may something: the steps lead to what Discord computes, and name who decided."""

from __future__ import annotations

import random

import pytest

from fakecord import permissions, rights
from fakecord.entities import Overwrite
from fakecord.permissions import Permission as P

SOME = (P.VIEW_CHANNEL, P.SEND_MESSAGES, P.CONNECT, P.EMBED_LINKS, P.SPEAK, P.MANAGE_THREADS)


@pytest.fixture
async def thread(alice, guild):
    return await alice.starts_thread("secret", channel="general", private=True)


def shuffled(dice, guild, bob):
    """Other permissions, overwrites and timeouts each time."""

    def some(many=6):
        return sum(set(dice.sample(SOME, dice.randint(0, many))))

    guild.everyone_may(*dice.sample(SOME, 3))
    names = ["red", "blue"]
    ids = [guild.role(name, some(2)).id for name in names]
    if dice.random() < 0.1:
        guild.role("red", int(P.ADMINISTRATOR))
    targets = [guild.id, *ids, bob.id]
    overwrites = tuple(
        Overwrite(id=each, type=int(each == bob.id), allow=allow, deny=some() & ~allow)
        for each in targets
        for allow in [some(3)]
    )
    return ids, overwrites


async def test_the_steps_always_lead_to_what_is_computed(fake, guild, bob, thread):
    dice = random.Random(11)
    places = ["general", "Lobby", "secret"]
    for turn in range(150):
        ids, overwrites = shuffled(dice, guild, bob)
        for name in places[:2]:
            await guild.channel(name).edit(overwrites=overwrites)
        for each in ids:
            await guild.member("alice").manages.gives_role(each, bob.id, on=dice.random() < 0.7)
        await guild.member("alice").manages.gives_role("red", bob.id, on=turn % 3 == 0)
        if not permissions.in_guild(guild.state, bob.entity, fake.clock.now()) & P.ADMINISTRATOR:
            await guild.member("alice").manages.times_out(bob.id, 60 * (turn % 5 == 0))
        for name in places:
            channel = guild.channel(name).entity
            said = rights.explain(guild.state, bob.entity, channel, fake.clock.now())
            computed = permissions.in_channel(guild.state, bob.entity, channel, fake.clock.now())

            assert rights.total(said) == computed, (turn, name, said)


@pytest.mark.parametrize(
    ("arrange", "permission", "why"),
    [
        pytest.param({}, P.SEND_MESSAGES, "@everyone allows it", id="everyone"),
        pytest.param({}, P.BAN_MEMBERS, "nobody allows it", id="nobody"),
        pytest.param(
            {"@everyone": {"deny": P.SEND_MESSAGES}},
            P.SEND_MESSAGES,
            "@everyone in general denies it",
            id="overwrite",
        ),
        pytest.param(
            {"@everyone": {"deny": P.SEND_MESSAGES}, "red": {"allow": P.SEND_MESSAGES}},
            P.SEND_MESSAGES,
            "the role red in general allows it",
            id="a role above everyone",
        ),
        pytest.param(
            {"red": {"allow": P.SEND_MESSAGES}, "bob": {"deny": P.SEND_MESSAGES}},
            P.SEND_MESSAGES,
            "the member's own overwrite in general denies it",
            id="the member above roles",
        ),
        pytest.param(
            {"@everyone": {"deny": P.SEND_MESSAGES}},
            P.EMBED_LINKS,
            "not being able to write here denies it",
            id="implied",
        ),
        pytest.param(
            {"bob": {"deny": P.VIEW_CHANNEL}},
            P.SEND_MESSAGES,
            "not seeing the channel denies it",
            id="unseen",
        ),
    ],
)
async def test_who_decided_is_said(fake, guild, alice, bob, arrange, permission, why):
    await alice.manages.gives_role(guild.role("red", 0).id, bob.id)
    for target, bits in arrange.items():
        await guild.channel("general").overwrite(target, **bits)
    channel = guild.channel("general").entity

    said = rights.explain(guild.state, bob.entity, channel, fake.clock.now())

    assert rights.because(said, permission) == why
