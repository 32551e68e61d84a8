"""People are refused, too: what Discord's own client would not let them do."""

from __future__ import annotations

import pytest

from fakecord import PeopleError
from fakecord import Permission as P

VIEW = P.VIEW_CHANNEL
TALK = VIEW | P.SEND_MESSAGES | P.CONNECT | P.ADD_REACTIONS | P.READ_MESSAGE_HISTORY
TALK |= P.CREATE_PUBLIC_THREADS | P.USE_APPLICATION_COMMANDS


async def types(guild, bob):
    await bob.types("x", "general")


async def joins(guild, bob):
    await bob.joins("Lobby")


async def reacts(guild, bob):
    await bob.reacts("🍵", bob.messages("general")[0])


async def reads(guild, bob):
    bob.reads("general")


async def starts_a_thread(guild, bob):
    await bob.starts_thread("t", bob.messages("general")[0])


async def runs(guild, bob):
    await bob.runs("/ping", channel="general")


async def joins_text(guild, bob):
    await bob.joins("general")


async def joins_a_full_one(guild, bob):
    await guild.channel("Lobby").edit(user_limit=1)
    await guild.member("carol").joins("Lobby")
    await bob.joins("Lobby")


async def leaves_nothing(guild, bob):
    await bob.leaves()


async def mutes_nowhere(guild, bob):
    await bob.mutes()


async def says_nothing(guild, bob):
    await bob.types("  ", "general")


async def says_2000(guild, bob):
    await bob.types("x" * 2000, "general")


async def says_2001(guild, bob):
    await bob.types("x" * 2001, "general")


async def writes_in_a_category(guild, bob):
    await bob.types("x", next(each.id for each in guild.channels if each.name == "Text"))


async def comes_back_banned(guild, bob):
    await bob.quits()
    await bob.joins("Lobby")


# What, what @everyone may, (allow, deny) for bob in both channels, whether he is timed out: the words.
CASES = {
    "types": (types, TALK, None, False, None),
    "types, not allowed": (types, VIEW, None, False, "may not write"),
    "types, denied here": (types, TALK, (0, P.SEND_MESSAGES), False, "may not write"),
    "types, allowed here": (types, VIEW, (P.SEND_MESSAGES, 0), False, None),
    "types, hidden": (types, TALK, (0, VIEW), False, "cannot see"),
    "types in a timeout": (types, TALK, None, True, "may not write"),
    "joins": (joins, TALK, None, False, None),
    "joins, not allowed": (joins, VIEW, None, False, "may not connect"),
    "joins, denied here": (joins, TALK, (0, P.CONNECT), False, "may not connect"),
    "joins, hidden": (joins, TALK, (0, VIEW), False, "cannot see"),
    "joins in a timeout": (joins, TALK, None, True, "may not connect"),
    "joins a text channel": (joins_text, TALK, None, False, "not a voice channel"),
    "joins a full one": (joins_a_full_one, TALK, None, False, "full"),
    "joins a full one, may move": (joins_a_full_one, TALK | P.MOVE_MEMBERS, None, False, None),
    "leaves, being nowhere": (leaves_nothing, TALK, None, False, "not in voice"),
    "mutes, being nowhere": (mutes_nowhere, TALK, None, False, "not in voice"),
    "reacts": (reacts, TALK, None, False, None),
    "reacts, denied here": (reacts, TALK, (0, P.ADD_REACTIONS), False, "may not"),
    "reacts in a timeout": (reacts, TALK, None, True, "may not"),
    "reads": (reads, TALK, None, False, None),
    "reads in a timeout": (reads, TALK, None, True, None),
    "reads, denied here": (reads, TALK, (0, P.READ_MESSAGE_HISTORY), False, "may not read"),
    "starts a thread": (starts_a_thread, TALK, None, False, None),
    "starts one in a timeout": (starts_a_thread, TALK, None, True, "may not"),
    "starts one, denied here": (
        starts_a_thread, TALK, (0, P.CREATE_PUBLIC_THREADS), False, "may not",
    ),
    "runs": (runs, TALK, None, False, None),
    "runs, denied here": (runs, TALK, (0, P.USE_APPLICATION_COMMANDS), False, "may not use"),
    "runs in a timeout": (runs, TALK, None, True, "may not use"),
    "says nothing": (says_nothing, TALK, None, False, "nothing to say"),
    "says 2,000": (says_2000, TALK, None, False, None),
    "says 2,001": (says_2001, TALK, None, False, "2001 characters"),
    "writes in a category": (writes_in_a_category, TALK, None, False, "nothing can be written"),
    "does something after leaving": (comes_back_banned, TALK, None, False, "not a member"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_people_are_refused_as_by_discords_own_client(fake, guild, alice, bob, api, case):
    act, everyone, overwrite, timed_out, words = case
    path = f"/applications/{fake.application_id}/guilds/{guild.id}/commands"
    await api("PUT", path, [{"name": "ping", "description": "x"}])
    await alice.types("hello", "general")
    guild.everyone_may(*(each for each in P if everyone & each))
    for name in ("general", "Lobby"):
        if overwrite is not None:
            await guild.channel(name).overwrite("bob", allow=overwrite[0], deny=overwrite[1])
    if timed_out:
        body = {"communication_disabled_until": "2099-01-01T00:00:00+00:00"}
        fake.clock.set(4_070_908_000.0)
        await api("PATCH", f"/guilds/{guild.id}/members/{bob.id}", body)

    if words is None:
        await act(guild, bob)
        return
    with pytest.raises(PeopleError, match=words):
        await act(guild, bob)


async def test_slow_mode_holds_people_back_but_not_whoever_may_bypass_it(fake, guild, alice, bob):
    fake.clock.freeze()
    await guild.channel("general").edit(rate_limit_per_user=10)
    await bob.types("one", "general")
    for _ in range(2):
        await alice.types("two", "general")

    with pytest.raises(PeopleError, match="must wait 10 s"):
        await bob.types("three", "general")
    fake.clock.advance(10)
    await bob.types("four", "general")
