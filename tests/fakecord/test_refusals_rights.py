"""What overwrites, hierarchy and a timeout leave of a bot's permissions, as its refusals show it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from fakecord import Permission as P

SAY, SEE, LINK = P.SEND_MESSAGES, P.VIEW_CHANNEL, P.EMBED_LINKS
MANAGE, ROLES, CONNECT = P.MANAGE_CHANNELS, P.MANAGE_ROLES, P.CONNECT
TEXT = SAY | SEE | LINK | MANAGE | ROLES
ADMIN = P.ADMINISTRATOR
HOUR = 3600.0


class Case(NamedTuple):
    action: str
    everywhere: int
    """What the bot's role allows in the guild."""
    code: int
    overwrites: tuple[tuple[str, int, int], ...] = ()
    """(whose, allow, deny), of the channel: everyone, first (a role the bot has), second, bot (itself)."""
    timeout: float | None = None
    """Seconds from now."""


CASES = {
    "say": Case("say", TEXT, 0),
    "say, allowed nowhere": Case("say", SEE, 50013),
    "say, everyone denied here": Case("say", TEXT, 50013, (("everyone", 0, SAY),)),
    "say, everyone allowed here": Case("say", SEE, 0, (("everyone", SAY, 0),)),
    "say, everyone denied, a role allowed": Case(
        "say", TEXT, 0, (("everyone", 0, SAY), ("first", SAY, 0))
    ),
    "say, everyone allowed, a role denied": Case(
        "say", SEE, 50013, (("everyone", SAY, 0), ("first", 0, SAY))
    ),
    "say, one role denied, another allowed": Case(
        "say", SEE, 0, (("first", 0, SAY), ("second", SAY, 0))
    ),
    "say, the other way round": Case("say", SEE, 0, (("first", SAY, 0), ("second", 0, SAY))),
    "say, roles allowed, itself denied": Case(
        "say", TEXT, 50013, (("first", SAY, 0), ("bot", 0, SAY))
    ),
    "say, roles denied, itself allowed": Case(
        "say", SEE, 0, (("first", 0, SAY), ("second", 0, SAY), ("bot", SAY, 0))
    ),
    "say, all denied, itself allowed": Case(
        "say", TEXT, 0, (("everyone", 0, SAY), ("first", 0, SAY), ("bot", SAY, 0))
    ),
    "say, somebody else denied": Case("say", TEXT, 0, (("bob", 0, SAY),)),
    "say, a role it has not denied": Case("say", TEXT, 0, (("third", 0, SAY),)),
    "say as administrator, all denied": Case(
        "say", ADMIN, 0, (("everyone", 0, SAY | SEE), ("bot", 0, SAY | SEE))
    ),
    "say, hidden by everyone": Case("say", TEXT, 50001, (("everyone", 0, SEE),)),
    "say, hidden by itself": Case("say", TEXT, 50001, (("bot", 0, SEE),)),
    "say, hidden by everyone, shown by a role": Case(
        "say", TEXT, 0, (("everyone", 0, SEE), ("second", SEE, 0))
    ),
    "manage what is hidden": Case("manage", TEXT, 50001, (("everyone", 0, SEE),)),
    "see": Case("see", SEE, 0),
    "see, not seen in the guild": Case("see", 0, 50001),
    "see, shown here only": Case("see", 0, 0, (("everyone", SEE, 0),)),
    "link": Case("link", TEXT, 0),
    "link, allowed nowhere": Case("link", SEE | SAY, 50013),
    "link, allowed here": Case("link", SEE | SAY, 0, (("first", LINK, 0),)),
    "link, but not say": Case("link", TEXT, 50013, (("everyone", 0, SAY),)),
    "manage": Case("manage", TEXT, 0),
    "manage, denied here": Case("manage", TEXT, 50013, (("bot", 0, MANAGE),)),
    "manage, allowed here": Case("manage", SEE, 0, (("bot", MANAGE, 0),)),
    "overwrite": Case("overwrite", TEXT, 0),
    "overwrite, denied here": Case("overwrite", TEXT, 50013, (("first", 0, ROLES),)),
    "overwrite a bit it lacks": Case("overwrite more", TEXT, 50013),
    "overwrite a bit it lacks only here": Case("overwrite", TEXT, 0, (("bot", 0, LINK),)),
    "overwrite a bit it lacks as administrator": Case("overwrite more", ADMIN, 0),
    "manage voice": Case("manage voice", TEXT | CONNECT, 0),
    "manage voice without CONNECT": Case("manage voice", TEXT, 50013),
    "manage voice, denied to connect": Case(
        "manage voice", TEXT | CONNECT, 50013, (("everyone", 0, CONNECT),)
    ),
    "manage voice, allowed to connect by itself": Case(
        "manage voice", TEXT, 0, (("bot", CONNECT, 0),)
    ),
    "say in a timeout": Case("say", TEXT, 50013, timeout=HOUR),
    "say, allowed here, in a timeout": Case("say", TEXT, 50013, (("bot", SAY, 0),), timeout=HOUR),
    "say, a timeout that is over": Case("say", TEXT, 0, timeout=-1.0),
    "say as administrator in a timeout": Case("say", ADMIN, 0, timeout=HOUR),
    "see in a timeout": Case("see", TEXT, 0, timeout=HOUR),
    "read in a timeout": Case("read", SEE | P.READ_MESSAGE_HISTORY, 0, timeout=HOUR),
    "manage in a timeout": Case("manage", TEXT, 50013, timeout=HOUR),
    "make a channel in a timeout": Case("make a channel", MANAGE, 50013, timeout=HOUR),
    "make a channel": Case("make a channel", MANAGE, 0),
    "make a channel, allowed here only": Case("make a channel", SEE, 50013, (("bot", MANAGE, 0),)),
}

ACTIONS = {
    "say": ("POST", "/channels/{general}/messages", {"content": "x"}),
    "link": ("POST", "/channels/{general}/messages", {"embeds": [{"title": "x"}]}),
    "see": ("GET", "/channels/{general}", None),
    "read": ("GET", "/channels/{general}/messages/{said}", None),
    "manage": ("PATCH", "/channels/{general}", {"nsfw": True}),
    "overwrite": ("PUT", "/channels/{general}/permissions/{bob}", {"type": 1, "allow": str(LINK)}),
    "overwrite more": ("PUT", "/channels/{general}/permissions/{bob}", {"type": 1, "allow": "4"}),
    "manage voice": ("PATCH", "/channels/{lobby}", {"user_limit": 3}),
    "make a channel": ("POST", "/guilds/{guild}/channels", {"name": "x"}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_what_a_channel_leaves_of_what_a_bot_may(fake, guild, alice, bob, api, case):
    said = await alice.types("hello")
    await arrange(fake, guild, case)
    method, path, body = ACTIONS[case.action]
    names = {
        "guild": guild.id, "bob": bob.id, "said": said.id,
        "general": guild.channel("general").id, "lobby": guild.channel("Lobby").id,
    }  # fmt: skip
    answer = await api(method, path.format(**names), body)

    assert (answer.code if answer.status >= 400 else 0) == case.code, answer.body


async def arrange(fake, guild, case):
    roles = {name: guild.role(name, 0) for name in ("first", "second", "third")}
    guild.gives_bot(roles["first"].id, roles["second"].id)
    guild.everyone_may()
    guild.bot_may(*(each for each in P if case.everywhere & each))
    targets = {"everyone": guild.id, "bot": fake.application_id}
    for whose, allow, deny in case.overwrites:
        for name in ("general", "Lobby"):
            target = targets.get(whose, whose)
            await guild.channel(name).overwrite(target, allow=allow, deny=deny)
    if case.timeout is not None:
        guild.times_bot_out(fake.clock.now() + case.timeout)


RANKS = {
    "somebody below": ("below", 0),
    "somebody beside": ("beside", 50013),
    "somebody above": ("above", 50013),
    "the owner": ("alice", 50013),
}


@pytest.mark.parametrize(("who", "code"), RANKS.values(), ids=RANKS.keys())
@pytest.mark.parametrize("act", ["rename", "kick", "ban", "time out"])
async def test_only_those_below_the_bot_are_its_business(fake, guild, alice, api, who, code, act):
    """ "Beside" has no role above the bot's highest, and not one below it either: its own."""
    ranks = {"below": "low", "beside": guild.bot_role.id, "above": "high"}
    guild.role("high", 0, position=90)
    guild.role("low", 0)
    if who in ranks:
        guild.member(who, roles=[ranks[who]])
    bits = (P.KICK_MEMBERS, P.BAN_MEMBERS, P.MANAGE_NICKNAMES, P.MODERATE_MEMBERS)
    guild.bot_may(*bits)
    target = next(each.id for each in guild.members if each.name == who)
    member = f"/guilds/{guild.id}/members/{target}"
    asked = {
        "rename": ("PATCH", member, {"nick": "x"}),
        "kick": ("DELETE", member, None),
        "ban": ("PUT", f"/guilds/{guild.id}/bans/{target}", {}),
        "time out": ("PATCH", member, {"communication_disabled_until": "2030-01-01T00:00:00Z"}),
    }
    fake.clock.set(1_893_450_000.0)
    answer = await api(*asked[act])

    assert answer.code == code, answer.body
