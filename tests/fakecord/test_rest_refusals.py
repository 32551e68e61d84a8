"""Who is refused what about threads, messages, webhooks and events, with which of Discord's codes."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from fakecord import Permission as P
from fakecord.errors import KINDS

NOBODY = "999999999999999999"
VIEW, HISTORY = P.VIEW_CHANNEL, P.READ_MESSAGE_HISTORY
ADMIN = P.ADMINISTRATOR
THREADS = "/channels/{general}/threads"
PUBLIC = {"name": "x", "type": 11}
SECRET = "/channels/{secret}"
SHUT = "/channels/{shut}"
LOCKED = "/channels/{locked}"
SAID = "/channels/{general}/messages/{said}"
PIN = "/channels/{general}/messages/pins/{said}"
REACT = SAID + "/reactions/🍵"
HOOKS = "/channels/{general}/webhooks"
HOOK = "/webhooks/{hook}"
TOKEN = "/webhooks/{hook}/{token}"
EVENT = "/guilds/{guild}/scheduled-events/{event}"
BAN = "/guilds/{guild}/bans/{bob}"
BULK = "/guilds/{guild}/bulk-ban"
COMMANDS = "/applications/{app}/guilds/{guild}/commands"


class Case(NamedTuple):
    method: str
    path: str
    body: object
    allowed: int
    """What the bot's role allows."""
    code: int
    """0 for success."""


CASES = {
    "a thread": Case("POST", THREADS, PUBLIC, VIEW | P.CREATE_PUBLIC_THREADS, 0),
    "one without the right": Case("POST", THREADS, PUBLIC, VIEW | P.CREATE_PRIVATE_THREADS, 50013),
    "a private one": Case("POST", THREADS, {"name": "x"}, VIEW | P.CREATE_PRIVATE_THREADS, 0),
    "a private one without the right": Case(
        "POST", THREADS, {"name": "x"}, VIEW | P.CREATE_PUBLIC_THREADS, 50013
    ),
    "an announcement in text": Case("POST", THREADS, {"name": "x", "type": 10}, ADMIN, 50024),
    "a thread without a name": Case("POST", THREADS, {"type": 11}, ADMIN, 50035),
    "a thread for two hours": Case(
        "POST", THREADS, PUBLIC | {"auto_archive_duration": 120}, ADMIN, 50035
    ),
    "a thread in voice": Case("POST", "/channels/{lobby}/threads", PUBLIC, ADMIN, 50024),
    "a thread in a thread": Case("POST", "/channels/{open}/threads", PUBLIC, ADMIN, 50024),
    "a thread in a direct message": Case("POST", "/channels/{dm}/threads", PUBLIC, ADMIN, 50003),
    "a thread of a message": Case(
        "POST", SAID + "/threads", {"name": "x"}, VIEW | HISTORY | P.CREATE_PUBLIC_THREADS, 0
    ),
    "a second thread of it": Case(
        "POST", "/channels/{general}/messages/{told}/threads", {"name": "x"}, ADMIN, 160004
    ),
    "a thread of no message": Case(
        "POST", f"/channels/{{general}}/messages/{NOBODY}/threads", {"name": "x"}, ADMIN, 10008
    ),
    "a post without a message": Case(
        "POST", "/channels/{forum}/threads", {"name": "x"}, ADMIN, 50035
    ),
    "an empty post": Case(
        "POST", "/channels/{forum}/threads", {"name": "x", "message": {}}, ADMIN, 50006
    ),
    "say something in a forum": Case(
        "POST", "/channels/{forum}/messages", {"content": "x"}, ADMIN, 50008
    ),
    "a secret thread": Case("GET", SECRET, None, VIEW, 50001),
    "a secret thread for who manages": Case("GET", SECRET, None, VIEW | P.MANAGE_THREADS, 0),
    "write in a thread": Case(
        "POST",
        "/channels/{open}/messages",
        {"content": "x"},
        VIEW | P.SEND_MESSAGES_IN_THREADS,
        0,
    ),
    "write in one with the channel's right": Case(
        "POST", "/channels/{open}/messages", {"content": "x"}, VIEW | P.SEND_MESSAGES, 50013
    ),
    "write in a locked one": Case(
        "POST",
        LOCKED + "/messages",
        {"content": "x"},
        VIEW | P.SEND_MESSAGES_IN_THREADS,
        160005,
    ),
    "write in a locked one as who manages": Case(
        "POST",
        LOCKED + "/messages",
        {"content": "x"},
        VIEW | P.SEND_MESSAGES_IN_THREADS | P.MANAGE_THREADS,
        0,
    ),
    "rename somebody's thread": Case("PATCH", "/channels/{open}", {"name": "y"}, VIEW, 50013),
    "rename it as who manages": Case(
        "PATCH", "/channels/{open}", {"name": "y"}, VIEW | P.MANAGE_THREADS, 0
    ),
    "a topic for a thread": Case("PATCH", "/channels/{open}", {"topic": "y"}, ADMIN, 50035),
    "rename an archived one": Case("PATCH", SHUT, {"name": "y"}, ADMIN, 50083),
    "open an archived one": Case(
        "PATCH", SHUT, {"archived": False}, VIEW | P.SEND_MESSAGES_IN_THREADS, 0
    ),
    "open a locked one": Case(
        "PATCH", LOCKED, {"archived": False}, VIEW | P.SEND_MESSAGES_IN_THREADS, 50013
    ),
    "join an archived one": Case("PUT", SHUT + "/thread-members/@me", None, ADMIN, 50083),
    "join a text channel": Case(
        "PUT", "/channels/{general}/thread-members/@me", None, ADMIN, 50024
    ),
    "add somebody": Case(
        "PUT",
        "/channels/{open}/thread-members/{bob}",
        None,
        VIEW | P.SEND_MESSAGES_IN_THREADS,
        0,
    ),
    "add somebody without the right": Case(
        "PUT", "/channels/{open}/thread-members/{bob}", None, VIEW, 50013
    ),
    "remove somebody": Case("DELETE", "/channels/{open}/thread-members/{alice}", None, VIEW, 50013),
    "remove somebody who is not there": Case(
        "DELETE", "/channels/{open}/thread-members/{bob}", None, ADMIN, 10007
    ),
    "archived private ones": Case(
        "GET", THREADS + "/archived/private", None, VIEW | HISTORY, 50013
    ),
    "archived ones without history": Case("GET", THREADS + "/archived/public", None, VIEW, 50013),
    "delete a thread": Case("DELETE", "/channels/{open}", None, VIEW | P.MANAGE_CHANNELS, 50013),
    "overwrites of a thread": Case(
        "PUT", "/channels/{open}/permissions/{bob}", {"type": 1}, ADMIN, 50024
    ),
    "pin": Case("PUT", PIN, None, VIEW | HISTORY | P.PIN_MESSAGES, 0),
    "pin with the old right": Case("PUT", PIN, None, VIEW | HISTORY | P.MANAGE_MESSAGES, 50013),
    "pin what the system said": Case(
        "PUT", "/channels/{general}/messages/pins/{system}", None, ADMIN, 50021
    ),
    "unpin what is not there": Case(
        "DELETE", f"/channels/{{general}}/messages/pins/{NOBODY}", None, ADMIN, 10008
    ),
    "react": Case("PUT", REACT + "/@me", None, VIEW | HISTORY | P.ADD_REACTIONS, 0),
    "react without the right": Case("PUT", REACT + "/@me", None, VIEW | HISTORY, 50013),
    "react without history": Case("PUT", REACT + "/@me", None, VIEW | P.ADD_REACTIONS, 50013),
    "take back what was not": Case("DELETE", REACT + "/@me", None, ADMIN, 10014),
    "clear reactions": Case("DELETE", SAID + "/reactions", None, VIEW | P.MANAGE_MESSAGES, 0),
    "clear without the right": Case("DELETE", SAID + "/reactions", None, VIEW, 50013),
    "clear in a direct message": Case(
        "DELETE", "/channels/{dm}/messages/{psst}/reactions", None, ADMIN, 50003
    ),
    "delete in bulk without the right": Case(
        "POST",
        "/channels/{general}/messages/bulk-delete",
        {"messages": ["1", "2"]},
        VIEW,
        50013,
    ),
    "a webhook": Case("POST", HOOKS, {"name": "x"}, VIEW | P.MANAGE_WEBHOOKS, 0),
    "a webhook without the right": Case("POST", HOOKS, {"name": "x"}, VIEW, 50013),
    "webhooks of a guild without it": Case("GET", "/guilds/{guild}/webhooks", None, VIEW, 50013),
    "a webhook by its id without it": Case("GET", HOOK, None, VIEW, 50013),
    "an unknown webhook": Case("GET", f"/webhooks/{NOBODY}", None, ADMIN, 10015),
    "an unknown webhook's token": Case("GET", f"/webhooks/{NOBODY}/x", None, ADMIN, 10015),
    "a webhook moved to nowhere": Case("PATCH", HOOK, {"channel_id": NOBODY}, ADMIN, 10003),
    "a webhook's empty words": Case("POST", TOKEN, {"content": ""}, ADMIN, 50006),
    "a webhook in another's thread": Case(
        "POST", TOKEN + "?thread_id={general}", {"content": "x"}, ADMIN, 50035
    ),
    "a message of no webhook": Case("GET", TOKEN + "/messages/{said}", None, ADMIN, 10008),
    "an event": Case("PATCH", EVENT, {"name": "x"}, VIEW | P.CONNECT | P.MANAGE_EVENTS, 0),
    "another's event": Case(
        "PATCH", EVENT, {"name": "x"}, VIEW | P.CONNECT | P.CREATE_EVENTS, 50013
    ),
    "an event back to planned": Case("PATCH", EVENT, {"status": 3}, ADMIN, 50035),
    "an unknown event": Case(
        "GET", f"/guilds/{{guild}}/scheduled-events/{NOBODY}", None, ADMIN, 10070
    ),
    "delete another's event": Case("DELETE", EVENT, None, VIEW | P.CREATE_EVENTS, 50013),
    "ban": Case("PUT", BAN, {}, P.BAN_MEMBERS, 0),
    "ban the owner": Case("PUT", "/guilds/{guild}/bans/{alice}", {}, ADMIN, 50013),
    "ban nobody": Case("PUT", f"/guilds/{{guild}}/bans/{NOBODY}", {}, ADMIN, 10013),
    "ban with too long a memory": Case(
        "PUT", BAN, {"delete_message_seconds": 604_801}, ADMIN, 50035
    ),
    "lift no ban": Case("DELETE", BAN, None, ADMIN, 10026),
    "ban only those above": Case("POST", BULK, {"user_ids": ["{alice}"]}, ADMIN, 500000),
    "an unknown invite": Case("GET", "/invites/nothere", None, ADMIN, 10006),
    "a stage in text": Case(
        "POST", "/stage-instances", {"channel_id": "{general}", "topic": "x"}, ADMIN, 50024
    ),
    "no stage": Case("GET", "/stage-instances/{general}", None, ADMIN, 10067),
    "suppress nobody": Case(
        "PATCH", "/guilds/{guild}/voice-states/@me", {"suppress": True}, ADMIN, 10065
    ),
    "an emoji nobody made": Case("GET", "/guilds/{guild}/emojis/1", None, ADMIN, 10014),
    "a sticker nobody made": Case("GET", "/stickers/1", None, ADMIN, 10060),
    "permissions of commands": Case("GET", COMMANDS + "/permissions", None, ADMIN, 0),
    "of an unknown command": Case("GET", COMMANDS + "/1/permissions", None, ADMIN, 10063),
    "of a command nobody restricted": Case(
        "GET", COMMANDS + "/{command}/permissions", None, ADMIN, 10066
    ),
    "set them as a bot": Case(
        "PUT", COMMANDS + "/{command}/permissions", {"permissions": []}, ADMIN, 20001
    ),
    "an afk channel of text": Case(
        "PATCH", "/guilds/{guild}", {"afk_channel_id": "{general}"}, ADMIN, 50035
    ),
    "an afk time of ten seconds": Case(
        "PATCH", "/guilds/{guild}", {"afk_timeout": 10}, ADMIN, 50035
    ),
    "the account behind a webhook": Case("GET", "/users/{hook}", None, ADMIN, 10013),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_the_bot_is_refused_as_by_discord(fake, guild, alice, bob, api, case):
    names = await scene(fake, guild, alice, bob, api)
    guild.everyone_may()
    guild.bot_may(*(each for each in P if case.allowed & each))
    answer = await api(case.method, filled(case.path, names), filled(case.body, names))
    code = answer.code if answer.status >= 400 else 0

    assert code == case.code, answer.body
    assert answer.status == (KINDS[case.code].status if case.code else answer.status)


async def scene(fake, guild, alice, bob, api):
    """Alice's threads: open, secret, archived, locked; a webhook, an event, a direct message."""
    guild.add_channel("ideas", "forum")
    hook = (
        await api("POST", f"/channels/{guild.channel('general').id}/webhooks", {"name": "h"})
    ).body
    command = {"name": "ping", "description": "x"}
    path = f"/applications/{fake.application_id}/guilds/{guild.id}/commands"
    ping = (await api("POST", path, command)).body
    said, told = await alice.types("hello"), await alice.types("news")
    opened = await alice.starts_thread("open")
    secret = await alice.starts_thread("secret", private=True)
    shut, locked = await alice.starts_thread("shut"), await alice.starts_thread("locked")
    await shut.edit(archived=True)
    await locked.edit(archived=True, locked=True)
    await alice.starts_thread("of news", told)
    psst = await alice.writes_to_bot("psst")
    event = guild.plans_event("Raid", channel="Lobby")
    system = alice.messages("general")[-1]
    return {
        "guild": guild.id, "app": fake.application_id, "alice": alice.id, "bob": bob.id,
        "general": guild.channel("general").id, "lobby": guild.channel("Lobby").id,
        "forum": guild.channel("ideas").id, "open": opened.id, "secret": secret.id,
        "shut": shut.id, "locked": locked.id, "said": said.id, "told": told.id,
        "system": system.id, "psst": psst.id, "dm": psst.channel_id, "hook": hook["id"],
        "token": hook["token"], "event": event.id, "command": ping["id"],
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
