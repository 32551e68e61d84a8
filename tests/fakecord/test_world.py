"""Whatever is done, the world holds together, and comes back the same from JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakecord import Fakecord, PeopleError, permissions
from fakecord.errors import Refusal
from fakecord.limits import RateLimited
from fakecord.permissions import Permission
from fakecord.rest.call import Call
from fakecord.rest.forms import read
from fakecord.rest.table import find
from tests.fakecord.invariants import broken

TOLD = ("version", "now")
G, C = "/guilds/{guild}", "/channels/{channel}"
# A body with "{…}" in it is filled with something that exists, or existed.
ASKED = [
    ("POST", G + "/channels", {"name": "text", "parent_id": "{channel}"}),
    ("POST", G + "/channels", {"name": "voice", "type": 2}),
    ("POST", G + "/channels", {"name": "stage", "type": 13}),
    ("POST", G + "/channels", {"name": "home", "type": 4}),
    ("PATCH", C, {"parent_id": "{channel}"}),
    ("PATCH", C, {"parent_id": None, "name": "other"}),
    ("PATCH", C, {"archived": True}),
    ("DELETE", C, None),
    ("DELETE", C, None),
    ("PUT", C + "/permissions/{role}", {"type": 0, "deny": "1024", "allow": "2048"}),
    ("PUT", C + "/permissions/{user}", {"type": 1, "deny": "3146752"}),
    ("DELETE", C + "/permissions/{role}", None),
    ("POST", C + "/messages", {"content": "hello <@{user}>"}),
    ("DELETE", C + "/messages/{message}", None),
    ("PUT", C + "/messages/{message}/reactions/🍵/@me", None),
    ("PUT", C + "/messages/pins/{message}", None),
    ("POST", C + "/messages/{message}/threads", {"name": "of it"}),
    ("POST", C + "/threads", {"name": "thread", "type": 11}),
    ("POST", C + "/threads", {"name": "secret", "type": 12}),
    ("PUT", C + "/thread-members/{user}", None),
    ("DELETE", C + "/thread-members/{user}", None),
    ("POST", C + "/webhooks", {"name": "hook"}),
    ("POST", C + "/invites", {}),
    ("POST", "/stage-instances", {"channel_id": "{channel}", "topic": "x"}),
    ("POST", G + "/roles", {"name": "role"}),
    ("PATCH", G + "/roles/{role}", {"permissions": "3147776"}),
    ("PATCH", G + "/roles", [{"id": "{role}", "position": 1}]),
    ("DELETE", G + "/roles/{role}", None),
    ("PUT", G + "/members/{user}/roles/{role}", None),
    ("PATCH", G + "/members/{user}", {"channel_id": "{channel}"}),
    ("PATCH", G + "/members/{user}", {"channel_id": None}),
    ("PATCH", G + "/members/{user}", {"nick": "x", "roles": ["{role}"]}),
    ("PATCH", G + "/members/{user}", {"mute": True}),
    ("DELETE", G + "/members/{user}", None),
    ("PUT", G + "/bans/{user}", {"delete_message_seconds": 60}),
    ("DELETE", G + "/bans/{user}", None),
    ("PATCH", G, {"afk_channel_id": "{channel}"}),
    (
        "POST",
        G + "/scheduled-events",
        {
            "name": "e", "privacy_level": 2, "entity_type": 2, "channel_id": "{channel}",
            "scheduled_start_time": "2099-01-01T00:00:00Z",
        },
    ),
    ("POST", "/users/@me/channels", {"recipient_id": "{user}"}),
]  # fmt: skip
DONE = ("joins", "leaves", "types", "quits", "comes", "starts_thread", "outage", "waits")
ACTIONS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(range(len(ASKED))), st.sampled_from(DONE)),
        st.integers(0, 999),
        st.integers(0, 999),
    ),
    min_size=20,
    max_size=50,
)


class Play:
    """One guild, and somebody who does to it whatever he is told, by numbers."""

    def __init__(self) -> None:
        self.fake = Fakecord()
        self.fake.clock.freeze(1_800_000_000.0)
        self.core = self.fake.core
        self.guild = self.fake.guild("Demo")
        self.guild.member("alice", owner=True)
        for name in ("bob", "carol"):
            self.guild.member(name)
        self.seen: dict[str, list[str]] = {"guild": [self.guild.id]}

    def act(self, what: int | str, one: int, two: int) -> None:
        self.look()
        before = self.core.world.version
        try:
            if isinstance(what, int):
                self.ask(*ASKED[what], one, two)
            else:
                self.do(what, one, two)
        except (Refusal, RateLimited, PeopleError):
            assert self.core.world.version == before, f"{what} was refused, and changed something"

    def look(self) -> None:
        """What was there once is still named later on."""
        state = self.guild.state
        for kind, ids in (
            ("channel", (*state.channels, *state.threads)),
            ("role", state.roles),
            ("user", self.core.world.users),
            ("message", (each for said in self.core.world.messages.values() for each in said)),
        ):
            known = self.seen.setdefault(kind, [])
            known.extend(each for each in ids if each not in known)

    def ask(self, method: str, path: str, body: object, one: int, two: int) -> None:
        found = find(method, self.filled(path, one, two))
        assert found is not None, path
        route, args = found
        step = self.core.step()
        call = Call(step, args, {}, self.core.limits, "", self.core.commit)
        if route.body is None:
            route.handler(call)
        else:
            route.handler(call, read(route.adapter, self.filled(body, two, one)))
        self.core.commit(step)

    def filled(self, given, one, two):
        if isinstance(given, dict):
            return {key: self.filled(value, one, two) for key, value in given.items()}
        if isinstance(given, list):
            return [self.filled(each, one, two) for each in given]
        if not isinstance(given, str):
            return given
        for kind, ids in self.seen.items():
            number = two if kind in ("user", "message") else one
            given = given.replace(f"{{{kind}}}", ids[number % len(ids)] if ids else "1")
        return given

    def do(self, what: str, one: int, two: int) -> None:
        people = self.guild.members
        who = people[one % len(people)]
        place = self.seen["channel"][two % len(self.seen["channel"])]
        if what == "waits":
            self.fake.clock.advance(float(one))
        elif what == "comes":
            self.guild.member(f"guest{one % 3}")
        elif what == "outage":
            at_once(self.guild.outage(bool(one % 2)))
        elif who.id == self.fake.application_id or (
            what == "quits" and who.id == self.guild.state.guild.owner_id
        ):
            return
        elif what == "joins":
            at_once(who.joins(place))
        elif what == "types":
            at_once(who.types("hello", place))
        elif what == "starts_thread":
            at_once(who.starts_thread("theirs"))
        else:
            at_once(getattr(who, what)())


def at_once(act):
    """People's verbs wait for nothing but an application's answers."""
    with pytest.raises(StopIteration):
        act.send(None)


ROLE = "/roles/{role}"
A_ROLE_GOES = [
    (next(i for i, each in enumerate(ASKED) if each[0] == method and each[1].endswith(path)), 2, 3)
    for method, path in (("POST", G + "/roles"), ("PUT", ROLE), ("DELETE", G + ROLE))
]


@given(ACTIONS)
@example(A_ROLE_GOES)
@settings(max_examples=50, deadline=None)
def test_no_world_falls_apart(actions):
    play = Play()
    for action in actions:
        play.act(*action)

        assert broken(play.core.world, play.core.now()) == [], action
    assert_comes_back(play.fake)


@pytest.mark.chaos
@pytest.mark.timeout(900)
@given(ACTIONS)
@settings(max_examples=2_000, deadline=None)
def test_no_world_falls_apart_however_often_it_is_tried(actions):
    play = Play()
    for action in actions:
        play.act(*action)
    assert broken(play.core.world, play.core.now()) == []
    assert_comes_back(play.fake)


def assert_comes_back(fake):
    exported = json.loads(json.dumps(fake.export()))
    other = Fakecord()
    other.restore(exported)
    again = json.loads(json.dumps(other.export()))

    assert {k: v for k, v in again.items() if k not in TOLD} == {
        k: v for k, v in exported.items() if k not in TOLD
    }
    assert broken(other.core.world, fake.clock.now()) == []


BITS = st.lists(st.sampled_from(list(Permission)), max_size=5).map(lambda each: sum(set(each)))


@given(BITS, BITS, BITS, BITS, st.booleans())
@settings(max_examples=40, deadline=None)
def test_whoever_is_allowed_more_may_no_less(base, more, allow, deny, timed_out):
    fake = Fakecord()
    guild = fake.guild("Demo")
    bob = guild.member("bob", roles=[guild.role("some", base).id])
    member = replace(bob.entity, timeout_until=fake.clock.now() + 60 if timed_out else None)
    place = guild.channel("Lobby")
    at_once(place.overwrite("some", allow=allow & ~deny, deny=deny))

    def rights():
        return permissions.in_channel(guild.state, member, place.entity, fake.clock.now())

    before = rights()
    guild.role("some", base | more)
    with_more = rights()
    at_once(place.overwrite("some", allow=allow | more, deny=deny & ~(allow | more)))

    assert before & ~with_more == 0
    assert with_more & ~rights() == 0
