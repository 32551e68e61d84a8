"""Who reads German reads no English of ours."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.jobs import Cron, Interval, Job, Recurrence, schedules

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GERMAN = {"accept-language": "de"}
ENGLISH = re.compile(
    r"\b(the|is|are|of|with|and|at|by|every|not|no|your?|it|for|has|from|on|since|until|who|what|choose|write|none"
    r"|server|channels?|nobody|moderators|everybody|nothing|stays|ends|claim|close|kick|manage|disabled|paused"
    r"|as|says|this|there|or|least|most|should|input|member|monday)\b",
    re.IGNORECASE,
)
ALSO_GERMAN = re.compile(
    r"every 6 h, every day at 20:00, Mon, Thu at|\bServern?\b|\bServers\b|\b[a-z_]+\.[a-z_]+\b|RALLYPOINT_\w+|'\w+'"
)
KEEPS = {"code", "pre", "script", "style", "textarea"}


class Text(HTMLParser):
    """What is read on a page, and what is read out; but for what says itself that it is English."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        # What is in it is in English as well, up to the same tag's end.
        if tag in KEEPS or told.get("lang") == "en" or tag in self._inside:
            self._inside.append(tag)
        self.read += [
            told[name] for name in ("aria-label", "title", "data-confirm") if name in told
        ]

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside and data.strip():
            self.read.append(data.strip())


def english(page: str) -> list[str]:
    text = Text()
    text.feed(page)
    return [each for each in text.read if ENGLISH.search(ALSO_GERMAN.sub("", each))]


@pytest.fixture
def runs_it(fake, alice):
    fake.owned_by(alice)


@pytest.fixture
async def scheduled(sessions, guild) -> list[int]:
    async def nothing(_work):
        return

    kinds = {"rooms.reconcile": Job(handler=nothing, custom=True)}
    recurs: list[Recurrence] = [
        Interval(timedelta(hours=1)),
        Cron("0 20 * * 1,4", "Europe/Berlin"),
        Cron("0 3 * * 1-5"),
    ]
    async with sessions.begin() as session:
        made = [
            schedules.Wanted(
                name=f"Aufgabe {number}",
                kind="rooms.reconcile",
                recurrence=each,
                guild_id=int(guild.id),
            )
            for number, each in enumerate([*recurs, Cron("*/7 * * * *")])
        ]
        now = SystemClock().now()
        return [
            (await schedules.create(session, kinds, each, by=None, now=now)).id for each in made
        ]


async def test_no_page_has_english_words_of_ours(
    runs_it, house, guild, alice, charlie, scheduled, set_setting, plant_subscription, in_
):
    """Names of servers, channels, people and of what stands in code are nobody's language."""
    lobby = guild.add_channel("Duo", "voice").id
    await set_setting("rooms.lobbies", lobby, int(guild.id))
    number = await plant_subscription(guild.id)
    await charlie.joins("Lobby")
    await alice.runs("/room public name:Schach")
    there, visits = f"/servers/{guild.id}", await in_(alice)
    paths = ["/", "/servers", "/me", "/program/settings", "/program/lanes", f"{there}/nothing"]
    chapters = re.findall(r'href="(/rest/[a-z-]+)"', (await visits.get("/rest")).text)
    assert len({*chapters}) == 5
    paths += ["/rest", *dict.fromkeys(chapters)]
    paths += ["/program/schedules", "/program/schedules/new", "/program/schedules/1"]
    paths += [
        f"{there}/{each}"
        for each in (
            *("overview", "voice", "rooms", "sessions", "schedules", "settings", "audit"),
            *("doctor", "subscriptions", f"subscriptions/{number}", "destinations"),
            *("destinations/new", "destinations/new/discord", "destinations/1", "deliveries"),
            *("deliveries/1", "deliveries/again", f"rooms/lobbies/{lobby}"),
            *(f"schedules/{each}" for each in scheduled),
            *("schedules/new", "schedules/new/presence.forget_stays"),
        )
    ]
    found: dict[str, list[str]] = {}
    for path in paths:
        answer = await visits.get(path, headers=GERMAN)
        assert answer.status_code == (404 if path.endswith("nothing") else 200), path
        found[path] = english(answer.text)
    wrong = {
        "rooms.empty_after": "soon", "rooms.max_age": "99d", "rooms.template": "",
        "rooms.powers_off": "fly", "rooms.private_others": "dance", "rooms.panel": "maybe",
        "rooms.longest_name": "many", "rooms.most_open": "0", "schedules.zone": "Nowhere",
        "guilds.viewers": ["x", "-1"],
    }  # fmt: skip
    refused = await visits("POST", f"{there}/settings", data=wrong, headers=GERMAN)
    found["refused"] = english(refused.text)
    errors = re.findall(r'<span class="error">([^<]*)<', refused.text)
    for path, fields in (
        (f"{there}/deliveries/replay", {"id": "999"}),
        ("/program/lanes", {"name": "X Y", "capacity": "0"}),
        ("/me/tokens", {"name": "", "days": "9999"}),
        (f"{there}/rooms/lobbies", {"channel": "1"}),
        (f"{there}/schedules/new/presence.forget_stays", {"when": "soon", "with.days": "0"}),
    ):
        answer = await visits("POST", path, data=fields, headers=GERMAN)
        assert answer.status_code >= 400, path
        found[f"sent to {path}"] = english(answer.text)

    assert (
        "\n".join(sorted({f"{each} ({path})" for path, said in found.items() for each in said}))
        == ""
    )
    assert len(errors) == len(wrong)
    assert {
        "Höchstens 30 d.",
        "Wähle eines von &#39;listen&#39;, &#39;see&#39;, &#39;nothing&#39;.",
    } <= set(errors)


@pytest.mark.parametrize("role", ["charlie", "vera"])
async def test_what_is_refused_is_refused_in_german(house, guild, alice, charlie, vera, in_, role):
    visits = await in_({"charlie": charlie, "vera": vera}[role])
    answer = await visits("GET", f"/servers/{guild.id}/settings", headers=GERMAN)

    assert answer.status_code == 403
    assert "Das ist für Admins dieses Servers." in answer.text
    assert english(answer.text) == []
