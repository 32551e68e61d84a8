"""Who is refused what, with which of Discord's codes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from fakecord import Permission as P

NOBODY = "999999999999999999"


class Case(NamedTuple):
    method: str
    path: str
    body: object
    allowed: int
    """What the bot's role allows."""
    code: int
    """0 for success."""


VIEW = P.VIEW_CHANNEL
CHANNELS = "/guilds/{guild}/channels"
BOB = "/guilds/{guild}/members/{bob}"
ROLE = "/guilds/{guild}/roles/{low}"
MESSAGES = "/channels/{general}/messages"
OVERWRITE = "/channels/{lobby}/permissions/{bob}"
HIDDEN = "/channels/{den}"
MANAGER = P.VIEW_CHANNEL | P.CONNECT | P.MANAGE_CHANNELS | P.MANAGE_ROLES

CASES = {
    "create a channel": Case("POST", CHANNELS, {"name": "x"}, P.MANAGE_CHANNELS, 0),
    "create one without the right": Case("POST", CHANNELS, {"name": "x"}, VIEW, 50013),
    "overwrite with bits it has": Case(
        "POST",
        CHANNELS,
        {"name": "x", "permission_overwrites": [{"id": "{bob}", "type": 1, "allow": "1024"}]},
        P.MANAGE_CHANNELS | VIEW,
        0,
    ),
    "overwrite with bits it lacks": Case(
        "POST",
        CHANNELS,
        {"name": "x", "permission_overwrites": [{"id": "{bob}", "type": 1, "allow": "4"}]},
        P.MANAGE_CHANNELS | VIEW,
        50013,
    ),
    "give MANAGE_ROLES in a new channel": Case(
        "POST",
        CHANNELS,
        {"name": "x", "permission_overwrites": [{"id": "{bob}", "type": 1, "allow": str(1 << 28)}]},
        MANAGER,
        50013,
    ),
    "give it as an administrator": Case(
        "POST",
        CHANNELS,
        {"name": "x", "permission_overwrites": [{"id": "{bob}", "type": 1, "allow": str(1 << 28)}]},
        P.ADMINISTRATOR,
        0,
    ),
    "overwrite for an unknown role": Case(
        "POST",
        CHANNELS,
        {"name": "x", "permission_overwrites": [{"id": NOBODY, "type": 0}]},
        P.ADMINISTRATOR,
        10011,
    ),
    "an unknown guild": Case("GET", f"/guilds/{NOBODY}", None, P.ADMINISTRATOR, 10004),
    "a guild it is not in": Case("GET", "/guilds/{elsewhere}", None, P.ADMINISTRATOR, 50001),
    "an unknown channel": Case("GET", f"/channels/{NOBODY}", None, P.ADMINISTRATOR, 10003),
    "a hidden channel": Case("GET", HIDDEN, None, MANAGER, 50001),
    "delete a hidden channel": Case("DELETE", HIDDEN, None, MANAGER, 50001),
    "a hidden channel as administrator": Case("GET", HIDDEN, None, P.ADMINISTRATOR, 0),
    "edit a channel": Case("PATCH", "/channels/{lobby}", {"user_limit": 3}, MANAGER, 0),
    "edit one without the right": Case(
        "PATCH", "/channels/{lobby}", {"user_limit": 3}, VIEW, 50013
    ),
    "delete without the right": Case("DELETE", "/channels/{lobby}", None, VIEW, 50013),
    "a voice channel without CONNECT": Case("DELETE", "/channels/{mute}", None, MANAGER, 50013),
    "put an overwrite": Case("PUT", OVERWRITE, {"type": 1, "allow": "1024"}, MANAGER, 0),
    "put one without MANAGE_ROLES": Case(
        "PUT", OVERWRITE, {"type": 1, "allow": "1024"}, MANAGER & ~P.MANAGE_ROLES, 50013
    ),
    "put bits it lacks": Case("PUT", OVERWRITE, {"type": 1, "deny": "4"}, MANAGER, 50013),
    "remove an overwrite that is not there": Case("DELETE", OVERWRITE, None, MANAGER, 10009),
    "voice status": Case(
        "PUT", "/channels/{lobby}/voice-status", {"status": "x"}, P.ADMINISTRATOR, 0
    ),
    "voice status without the right": Case(
        "PUT", "/channels/{lobby}/voice-status", {"status": "x"}, MANAGER, 50013
    ),
    "voice status of text": Case(
        "PUT", "/channels/{general}/voice-status", {"status": "x"}, P.ADMINISTRATOR, 50024
    ),
    "say something": Case("POST", MESSAGES, {"content": "x"}, P.SEND_MESSAGES | VIEW, 0),
    "say it without the right": Case("POST", MESSAGES, {"content": "x"}, VIEW, 50013),
    "say nothing": Case("POST", MESSAGES, {"content": " "}, P.ADMINISTRATOR, 50006),
    "say it in a category": Case(
        "POST", "/channels/{category}/messages", {"content": "x"}, P.ADMINISTRATOR, 50008
    ),
    "an embed without EMBED_LINKS": Case(
        "POST", MESSAGES, {"embeds": [{"title": "x"}]}, P.SEND_MESSAGES | VIEW, 50013
    ),
    "an unknown message": Case("GET", f"{MESSAGES}/{NOBODY}", None, P.ADMINISTRATOR, 10008),
    "a message without history": Case("GET", MESSAGES + "/{said}", None, VIEW, 50013),
    "edit somebody else's message": Case(
        "PATCH", MESSAGES + "/{said}", {"content": "x"}, P.ADMINISTRATOR, 50005
    ),
    "delete somebody else's message": Case(
        "DELETE", MESSAGES + "/{said}", None, VIEW | P.MANAGE_MESSAGES, 0
    ),
    "delete it without the right": Case("DELETE", MESSAGES + "/{said}", None, VIEW, 50013),
    "rename a member": Case("PATCH", BOB, {"nick": "x"}, P.MANAGE_NICKNAMES, 0),
    "rename without the right": Case("PATCH", BOB, {"nick": "x"}, VIEW, 50013),
    "rename the owner": Case(
        "PATCH", "/guilds/{guild}/members/{alice}", {"nick": "x"}, P.ADMINISTRATOR, 50013
    ),
    "rename somebody higher": Case(
        "PATCH", "/guilds/{guild}/members/{carol}", {"nick": "x"}, P.ADMINISTRATOR, 50013
    ),
    "an unknown member": Case(
        "GET", f"/guilds/{{guild}}/members/{NOBODY}", None, P.ADMINISTRATOR, 10013
    ),
    "somebody who is elsewhere": Case(
        "GET", "/guilds/{guild}/members/{dave}", None, P.ADMINISTRATOR, 10007
    ),
    "an unknown user": Case("GET", f"/users/{NOBODY}", None, P.ADMINISTRATOR, 10013),
    "move somebody": Case("PATCH", BOB, {"channel_id": "{lobby}"}, P.ADMINISTRATOR, 40032),
    "mute without the right": Case("PATCH", BOB, {"mute": True}, VIEW, 50013),
    "mute somebody who is not in voice": Case("PATCH", BOB, {"mute": True}, P.MUTE_MEMBERS, 40032),
    "time somebody out": Case(
        "PATCH", BOB, {"communication_disabled_until": None}, P.MODERATE_MEMBERS, 0
    ),
    "time an administrator out": Case(
        "PATCH",
        "/guilds/{guild}/members/{erin}",
        {"communication_disabled_until": None},
        P.ADMINISTRATOR,
        50013,
    ),
    "give a role": Case("PUT", BOB + "/roles/{low}", None, P.MANAGE_ROLES, 0),
    "give one without the right": Case("PUT", BOB + "/roles/{low}", None, VIEW, 50013),
    "give a higher one": Case("PUT", BOB + "/roles/{high}", None, P.ADMINISTRATOR, 50013),
    "give an unknown one": Case("PUT", BOB + f"/roles/{NOBODY}", None, P.ADMINISTRATOR, 10011),
    "create a role": Case("POST", "/guilds/{guild}/roles", {"name": "x"}, P.MANAGE_ROLES, 0),
    "create one that may more": Case(
        "POST", "/guilds/{guild}/roles", {"permissions": "8"}, P.MANAGE_ROLES, 50013
    ),
    "edit a role": Case("PATCH", ROLE, {"name": "x"}, P.MANAGE_ROLES, 0),
    "edit a higher role": Case(
        "PATCH", "/guilds/{guild}/roles/{high}", {"name": "x"}, P.ADMINISTRATOR, 50013
    ),
    "delete @everyone": Case(
        "DELETE", "/guilds/{guild}/roles/{guild}", None, P.ADMINISTRATOR, 50028
    ),
    "kick": Case("DELETE", BOB, None, P.KICK_MEMBERS, 0),
    "kick without the right": Case("DELETE", BOB, None, VIEW, 50013),
    "the audit log": Case("GET", "/guilds/{guild}/audit-logs", None, P.VIEW_AUDIT_LOG, 0),
    "the audit log without the right": Case("GET", "/guilds/{guild}/audit-logs", None, VIEW, 50013),
    "a voice state of nobody": Case(
        "GET", "/guilds/{guild}/voice-states/@me", None, P.ADMINISTRATOR, 10065
    ),
    "a DM to nobody": Case(
        "POST", "/users/@me/channels", {"recipient_id": NOBODY}, P.ADMINISTRATOR, 50033
    ),
    "another's commands": Case("GET", "/applications/1/commands", None, P.ADMINISTRATOR, 10002),
    "an unknown interaction": Case(
        "POST", "/interactions/1/x/callback", {"type": 5}, P.ADMINISTRATOR, 10062
    ),
    "an unknown webhook token": Case(
        "POST", "/webhooks/{app}/x", {"content": "x"}, P.ADMINISTRATOR, 10015
    ),
    "what only people may ask": Case("GET", "/oauth2/@me", None, P.ADMINISTRATOR, 40001),
    "change an event that is over": Case(
        "PATCH", "/guilds/{guild}/scheduled-events/{over}", {"name": "x"}, P.ADMINISTRATOR, 180000
    ),
    "rename the guild": Case("PATCH", "/guilds/{guild}", {"name": "xx"}, P.MANAGE_GUILD, 0),
    "rename it without the right": Case("PATCH", "/guilds/{guild}", {"name": "xx"}, VIEW, 50013),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_the_bot_is_refused_as_by_discord(fake, guild, alice, bob, api, case):
    names = await scene(fake, guild, alice, bob)
    guild.everyone_may()
    guild.bot_may(*(each for each in P if case.allowed & each))
    answer = await api(case.method, filled(case.path, names), filled(case.body, names))

    assert answer.code == case.code, answer.body
    assert (answer.status < 300) is (case.code == 0)


async def scene(fake, guild, alice, bob):
    """Roles below and above the bot's, a channel it cannot see, and one it cannot enter."""
    other = fake.guild("Elsewhere")
    dave = other.member("dave", owner=True)
    await other.removes_bot()
    high, low = guild.role("high", 0, position=90), guild.role("low", 0)
    admin = guild.role("admin", P.ADMINISTRATOR)
    carol, erin = guild.member("carol", roles=["high"]), guild.member("erin", roles=["admin"])
    den, mute = guild.add_channel("den"), guild.add_channel("mute", "voice")
    guild.add_channel("attic", "category")
    bot = guild.bot_role.name
    await den.overwrite(bot, deny=P.VIEW_CHANNEL)
    await mute.overwrite(bot, allow=P.VIEW_CHANNEL, deny=P.CONNECT)
    said = await alice.types("hello")
    over = guild.plans_event("over", status=3)
    return {
        "guild": guild.id, "elsewhere": other.id, "app": fake.application_id, "dave": dave.id,
        "alice": alice.id, "bob": bob.id, "carol": carol.id, "erin": erin.id, "admin": admin.id,
        "high": high.id, "low": low.id, "den": den.id, "mute": mute.id, "said": said.id, "over": over.id,
        "lobby": guild.channel("Lobby").id, "general": guild.channel("general").id,
        "category": guild.channel("attic").id,
    }  # fmt: skip


def filled(given, names):
    if isinstance(given, str):
        for name, value in names.items():
            given = given.replace(f"{{{name}}}", value)
        return given
    if isinstance(given, dict):
        return {key: filled(value, names) for key, value in given.items()}
    if isinstance(given, list):
        return [filled(each, names) for each in given]
    return given
