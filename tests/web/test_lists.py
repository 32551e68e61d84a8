"""What stands in lists: all of it once, page by page, nothing of other servers, and names as text."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest

from rallypoint.features.deliveries.model import Delivery, Destination
from rallypoint.features.guilds.model import AuditEntry
from rallypoint.features.rooms.api import Bar
from rallypoint.features.sessions.api import VoiceSession
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.kernel.clock import SystemClock
from rallypoint.ui.web.tables import PAGE
from tests.rest.conftest import as_, token_for
from tests.rest.conftest import plant as plant_task

__all__ = ["as_", "plant_task", "token_for"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OLDER = re.compile(r'href="([^"?]*/(?:audit|deliveries)\?[^"]*\bbefore=[^"]*)"')
EVIL = "<i>eve</i>"


@pytest.fixture
def plant(sessions):
    async def plant(*rows):
        async with sessions.begin() as session:
            session.add_all(rows)

    return plant


@pytest.fixture
def pages(in_, alice):
    """All of a list, from *path* on: each page's text."""

    async def turn(path):
        visits, found = await in_(alice), []
        while path:
            found.append((await visits.get(path)).text)
            later = OLDER.search(found[-1])
            path = unescape(later[1]) if later else ""
        return found

    return turn


@pytest.fixture
def noted(pages, guild, eventually):
    """The page of what alice did, once what the gateway tells by the way has come and *words* are on it."""

    async def read(words):
        async def is_there():
            found[:] = await pages(f"/servers/{guild.id}/audit?who=alice")
            return words in found[0]

        found: list[str] = []
        await eventually(is_there, True)
        return found[0]

    return read


@pytest.mark.parametrize("count", [PAGE, PAGE + 2])
async def test_each_row_is_on_one_page_and_the_next_one_keeps_the_filters(
    house, guild, pages, plant, plant_destination, count
):
    here, now = int(guild.id), SystemClock().now()
    to = int(await plant_destination(guild.id))
    told = {"destination_id": to, "happened_at": now, "created_at": now, "data": {}}
    told |= {"subject": "channel:1", "state": "delivered"}
    entry = {"at": now, "guild_id": here, "user_name": "alice"}
    await plant(
        *(
            Delivery(id=each, event_id=f"{each:026}", kind=kind, **told)
            for each, kind in enumerate(["rooms.opened", "rooms.closed"] * count, 1001)
        ),
        *(
            AuditEntry(subject=f"nr-{each}-", action=action, **entry)
            for each, action in enumerate(["seen.one", "seen.two"] * count, 1001)
        ),
    )
    expected = [str(each) for each in range(1001 + 2 * (count - 1), 1000, -2)]
    sent = await pages(f"/servers/{guild.id}/deliveries?kind=rooms.opened")
    noted = await pages(f"/servers/{guild.id}/audit?action=seen.one")

    assert [len(sent), len(noted)] == [1 + (count > PAGE)] * 2
    assert re.findall(r'href="[^"]*/deliveries/(1\d{3})"', "".join(sent)) == expected
    assert re.findall(r">nr-(\d+)-<", "".join(noted)) == expected


async def test_names_are_text_and_nothing_of_another_server_is_listed(
    elsewhere, house, guild, alice, charlie, in_, plant, plant_destination, sessions
):
    here, now = int(guild.id), SystemClock().now()
    eve, adam = guild.member(EVIL), guild.member(f"{EVIL} and adam")
    destinations = [int(await plant_destination(guild.id)) for _ in range(2)]
    async with sessions.begin() as session:
        for each, state in zip(destinations, ("active", "paused"), strict=True):
            row = await session.get_one(Destination, each)
            row.name, row.state = f"{EVIL} {each}", state
    barred = {"by_id": int(alice.id), "at": now}
    foreign = elsewhere.member("zacharias")
    session_of = {"lane": "default", "join_seconds": 300, "requested_at": now}
    await plant(
        Bar(guild_id=here, user_id=int(adam.id), **barred),
        Bar(guild_id=int(elsewhere.id), user_id=int(charlie.id), **barred),
        VoiceSession(
            guild_id=here, member_id=int(eve.id), member_name=EVIL, state="requested", **session_of
        ),
        VoiceSession(
            guild_id=int(elsewhere.id),
            member_id=int(foreign.id),
            member_name="zacharias",
            state="requested",
            **session_of,
        ),
        AuditEntry(
            at=now,
            guild_id=here,
            user_id=int(eve.id),
            user_name=EVIL,
            action="seen",
            subject=EVIL,
            before={"value": EVIL},
            after={"name": EVIL, "list": [EVIL]},
        ),
    )
    visits, there = await in_(alice), f"/servers/{guild.id}"
    found = {
        name: (await visits.get(f"{there}/{name}")).text
        for name in (
            *("rooms", "sessions", "audit", "destinations", "deliveries"),
            *("deliveries/again", f"deliveries/{destinations[0]}"),
        )
    }
    asked = await visits.send(f"{there}/deliveries/again/look", failed="false")
    found["what is left out"] = asked.text.partition('id="found"')[2]

    assert [name for name, page in found.items() if "<i>" in page] == []
    assert [name for name, page in found.items() if "&lt;i&gt;eve" not in page] == []
    assert f"/bars/{adam.id}/lift" in found["rooms"]
    assert f"/bars/{charlie.id}/lift" not in found["rooms"]
    assert "zacharias" not in found["sessions"]


async def test_what_is_done_with_rows_is_done_with_all_that_are_ticked_or_with_none(
    house, guild, elsewhere, alice, in_, plant_destination, sessions
):
    ours = [await plant_destination(guild.id) for _ in range(3)]
    foreign = await plant_destination(elsewhere.id)
    visits, pause = await in_(alice), f"/servers/{guild.id}/destinations/pause"

    async def paused():
        async with sessions() as session:
            rows = [await session.get_one(Destination, int(each)) for each in [*ours, foreign]]
        return [each.state == "paused" for each in rows]

    refused = await visits.send(pause, id=[ours[0], foreign])
    assert (refused.status_code, await paused()) == (404, [False] * 4)
    done = await visits.send(pause, id=ours[:2])
    assert (done.status_code, await paused()) == (303, [True, True, False, False])
    none = await visits.send(pause)
    assert (none.status_code, await paused()) == (303, [True, True, False, False])


async def test_the_log_and_the_destinations_are_filtered_and_what_waits_is_not_sent_again(
    house, guild, alice, in_, plant_destination, sessions
):
    first, second = [await plant_destination(guild.id) for _ in range(2)]
    async with sessions.begin() as session:
        failing = await session.get_one(Destination, int(second))
        failing.name, failing.failing_since = "failing one", SystemClock().now()
        (await session.get_one(Delivery, int(second))).state = "pending"
    visits, there = await in_(alice), f"/servers/{guild.id}"

    async def listed(what, **asked):
        page = (await visits.get(f"{there}/{what}", params=asked)).text
        return {*re.findall(rf'href="{there}/{what}/(\d+)"', page)}

    async def offers(number):
        page = (await visits.get(f"{there}/deliveries/{number}")).text
        return f'action="{there}/deliveries/replay"' in page

    assert await listed("deliveries") == {first, second}
    assert await listed("deliveries", destination=first) == {first}
    assert await listed("deliveries", state="pending") == {second}
    assert await listed("destinations", state="failing") == {second}
    assert await listed("destinations", state="active") == {first}
    assert await listed("destinations", name="FAILING") == {second}
    assert (await offers(first), await offers(second)) == (True, False)


async def test_subscriptions_are_filtered_by_state_destination_and_event(
    house, guild, alice, in_, plant_subscription, sessions
):
    """Each leads to a destination of the same number."""
    first, second = [await plant_subscription(guild.id) for _ in range(2)]
    async with sessions.begin() as session:
        row = await session.get_one(Subscription, int(second))
        row.active, row.kinds = False, ["deliveries.*"]
    visits, path = await in_(alice), f"/servers/{guild.id}/subscriptions"

    async def listed(**asked):
        page = (await visits.get(path, params=asked)).text
        return {*re.findall(rf'href="{path}/(\d+)"', page)}

    assert await listed() == {first, second}
    assert [await listed(state=each) for each in ("on", "off")] == [{first}, {second}]
    assert [await listed(destination=each) for each in (first, second)] == [{first}, {second}]
    assert await listed(event="presence.joined") == {first}


async def test_who_only_looks_at_schedules_is_offered_nothing_to_do_with_them(
    house, guild, vera, olga, in_, plant_task
):
    await plant_task(guild.id)
    path = f"/servers/{guild.id}/schedules"
    hers, organisers = [(await (await in_(who)).get(path)).text for who in (vera, olga)]

    assert ["formaction" in page for page in (hers, organisers)] == [False, True]
    assert ['name="id"' in page for page in (hers, organisers)] == [False, True]


async def test_programs_are_told_what_comes_next_unless_nothing_does(
    house, guild, alice, as_, plant, plant_destination
):
    to, now = int(await plant_destination(guild.id)), SystemClock().now()
    told = {"destination_id": to, "happened_at": now, "created_at": now, "data": {}}
    told |= {"subject": "channel:1", "state": "delivered", "kind": "rooms.opened"}
    await plant(*(Delivery(id=each, event_id=f"{each:026}", **told) for each in (1001, 1002)))
    path = f"/api/v1/guilds/{guild.id}/destinations/{to}/deliveries"
    asks = await as_(alice)

    async def ask(query):
        answer = (await asks("GET", f"{path}?{query}")).json()
        return [each["id"] for each in answer["items"]], answer["next"]

    assert await ask("limit=2") == (["1002", "1001"], "1001")
    assert await ask("limit=2&before=1001") == ([str(to)], None)
    assert await ask("limit=3") == (["1002", "1001", str(to)], None)


async def test_a_filter_is_shown_as_text_and_leads_back_to_the_newest(
    house, guild, alice, in_, plant
):
    here = {"guild_id": int(guild.id), "at": SystemClock().now(), "action": "seen"}
    await plant(AuditEntry(user_name="alice", subject="it", **here))
    visits, log = await in_(alice), f"/servers/{guild.id}/audit"

    async def look(**asked):
        return (await visits.get(log, params=asked)).text

    evil, nul, older = (
        await look(who=f'">{EVIL}'),
        await look(who="\0"),
        await look(who="ali", before="9999"),
    )
    assert "<i>" not in evil
    assert 'name="who" value="&#34;&gt;&lt;i&gt;eve&lt;/i&gt;"' in evil
    assert "Nothing fits that filter." in evil
    assert 'name="who" value=""' in nul
    assert '<td class="name">it</td>' in nul
    assert f'href="{log}?who=ali">Newest</a>' in older
    assert "Newest" not in evil


async def test_the_audit_log_is_exported_whole_as_filtered_and_without_formulas(
    house, guild, elsewhere, alice, in_, plant
):
    there = {"action": "seen", "at": SystemClock().now()}
    here = there | {"guild_id": int(guild.id)}
    cells = ["=1+1", "+1", "-1", "@sum", "\tx", "\rx", "x=1"]
    await plant(
        *(AuditEntry(user_name="alice", subject=f"one {each}", **here) for each in range(PAGE)),
        *(AuditEntry(user_name="alice", subject=each, **here) for each in cells),
        AuditEntry(user_name="bob", subject="of bob", **here),
        AuditEntry(user_name="alice", subject="foreign", guild_id=int(elsewhere.id), **there),
    )
    visits = await in_(alice)

    async def export(**asked):
        answer = await visits.get(f"/servers/{guild.id}/audit/export", params=asked)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return [row["subject"] for row in csv.DictReader(StringIO(answer.text, newline=""))]

    alices, bobs = await export(who="ALI", action="seen"), await export(who="bob")
    assert len(alices) == PAGE + len(cells)
    assert alices[: len(cells)] == [*reversed([f"'{each}" for each in cells[:-1]] + cells[-1:])]
    assert bobs == ["of bob"]
    assert await export(what="one 7") == ["one 7"]


async def test_who_was_barred_last_comes_first(house, guild, alice, in_, plant):
    now, names = SystemClock().now(), ("adam", "berta", "carl")
    when = {"adam": now - timedelta(days=1), "berta": now, "carl": now - timedelta(days=2)}
    ids = {name: int(guild.member(name).id) for name in names}
    by = {"guild_id": int(guild.id), "by_id": int(alice.id)}
    await plant(*(Bar(user_id=ids[name], at=when[name], **by) for name in names))
    page = (await (await in_(alice)).get(f"/servers/{guild.id}/rooms")).text

    listed = re.findall(r"/bars/(\d+)/lift", page)
    assert listed == [str(ids[name]) for name in ("berta", "adam", "carl")]


async def test_in_the_audit_log_a_channel_and_a_role_have_names_and_what_is_gone_its_id(
    house, guild, noted, plant
):
    channel, role = guild.add_channel("Duo", "voice").id, guild.role("crew").id
    gone = str(int(guild.id) + 999)
    told = {"at": SystemClock().now(), "guild_id": int(guild.id), "user_name": "alice"}
    await plant(
        AuditEntry(subject=f"room:{channel}", action="rooms.held", **told),
        AuditEntry(subject=f"room:{gone}", action="rooms.held", **told),
        AuditEntry(
            subject="guilds.viewers",
            action="guilds.setting_put",
            after={"value": [role, gone], "channel_id": int(channel)},
            **told,
        ),
    )
    duo = f'<abbr title="{channel}">Duo</abbr>'
    page = await noted(duo)

    for cell in (f"room:{duo}</td>", f"room:{gone}</td>", f"<dd>{duo}</dd>"):
        assert cell in page
    assert f'<dd><abbr title="{role}">@crew</abbr>, {gone}</dd>' in page


async def test_in_the_audit_log_people_and_destinations_have_the_names_they_have_there(
    house, guild, elsewhere, noted, plant, plant_destination
):
    """By Discord, or by what they did there; of what belongs to another server, or to the program, no name is told."""
    dora, bob, mallory = guild.member(EVIL), guild.member("robert"), elsewhere.member("mallory")
    await dora.joins("Lobby")
    now = SystemClock().now()
    here = {"at": now, "guild_id": int(guild.id), "user_name": "alice"}
    done = {"at": now, "action": "seen", "subject": "it"}
    by_bob = {"guild_id": int(guild.id), "user_id": int(bob.id)}
    ours, foreign = [int(await plant_destination(each.id)) for each in (guild, elsewhere)]
    kept = {"kind": "webhook.post", "config": {}, "secrets": [], "updated_at": now}
    kept |= {"state": "active", "created_at": now, "failures": 0}
    await plant(
        Destination(id=77, guild_id=None, name="of the program", **kept),
        AuditEntry(user_name="bob, once", **by_bob, **done),
        AuditEntry(user_name="bob, last", **by_bob, **done),
        AuditEntry(
            guild_id=int(elsewhere.id), user_id=int(mallory.id), user_name="mallory", **done
        ),
        *(
            AuditEntry(subject=f"user:{each.id}", action="rooms.barred", **here)
            for each in (dora, bob, mallory)
        ),
        AuditEntry(subject="user:99999999999999999999", action="rooms.barred", **here),
        *(
            AuditEntry(
                subject="1", action="subscriptions.added", after={"destination": each}, **here
            )
            for each in (ours, foreign, 77)
        ),
        AuditEntry(subject="1", action="seen", after={"count": ours, "tries": 0}, **here),
    )
    page = await noted(f'user:<abbr title="{dora.id}">&lt;i&gt;eve&lt;/i&gt;</abbr></td>')

    assert f'user:<abbr title="{bob.id}">bob, last</abbr></td>' in page
    assert f"user:{mallory.id}</td>" in page
    assert "user:99999999999999999999</td>" in page
    assert re.search(f'<dd><abbr title="{ours}">planted [^<]+</abbr></dd>', page)
    assert f"<dd>{foreign}</dd>" in page
    assert "<dd>77</dd>" in page
    assert f"<dt>count</dt><dd>{ours}</dd>" in page
