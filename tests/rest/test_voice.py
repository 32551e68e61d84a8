"""Who is in voice, by REST: as it is, and live."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from fakecord.entities import Overwrite
from fakecord.permissions import Permission as Bit
from rallypoint.features.whereabouts.web import streams
from rallypoint.kernel.events import Outbox, feed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def house_rules():
    return {"api_per_minute": 10_000}


@pytest.fixture
def voice(guild):
    return f"/api/v1/guilds/{guild.id}/voice"


class Listener:
    """Reads a stream, event by event, and remembers the last id as a browser does."""

    def __init__(self, answer):
        self._lines = answer.aiter_lines()
        self.last_id = None

    async def next(self):
        """(name, data); None at the end."""
        name = data = None
        async with asyncio.timeout(20):
            async for line in self._lines:
                if line.startswith("id: "):
                    self.last_id = line[4:]
                elif line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    data = json.loads(line[6:])
                elif not line and name:
                    return name.removeprefix("presence."), data
        return None

    async def names(self, count):
        return [(await self.next())[0] for _ in range(count)]


@pytest.fixture
def listening(voice):
    @asynccontextmanager
    async def open_stream(client, last_id=None, **query):
        headers = client.headers | ({"Last-Event-ID": last_id} if last_id else {})
        path = f"{voice}/stream"
        async with client.http.stream("GET", path, headers=headers, params=query) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            yield Listener(answer)

    return open_stream


@pytest.fixture
def present(voice):
    async def look(client):
        channels = (await client("GET", voice)).json()["channels"]
        return {each["channel_id"]: [m["user_id"] for m in each["members"]] for each in channels}

    return look


@pytest.fixture
def board(guild):
    """A voice channel that only Alice, who owns the guild, can see."""
    hidden = Overwrite(id=guild.id, type=0, allow=0, deny=int(Bit.VIEW_CHANNEL))
    return guild.add_channel("Board", "voice", overwrites=[hidden])


async def test_a_snapshot_tells_who_is_where_since_when_and_stays_the_same_by_its_tag(
    house, guild, alice, charlie, as_, voice, present, eventually
):
    asks = await as_(charlie)
    lobby = guild.channel("Lobby").id
    empty = await asks("GET", voice)
    assert empty.json() == {"guild_id": guild.id, "known": True, "channels": []}
    await alice.joins("Lobby")
    await eventually(lambda: present(asks), {lobby: [alice.id]})

    full = await asks("GET", voice, headers={"If-None-Match": empty.headers["etag"]})
    [channel] = full.json()["channels"]
    [member] = channel["members"]
    now = datetime.fromtimestamp(house.clock.now(), UTC)
    assert abs((datetime.fromisoformat(member.pop("since")) - now).total_seconds()) < 5
    assert member == {"user_id": alice.id, "bot": False, "estimated": False}
    for tags in (full.headers["etag"], f'"other", {full.headers["etag"]}', "*"):
        same = await asks("GET", voice, headers={"If-None-Match": tags})
        assert (same.status_code, same.content) == (304, b"")
    await alice.mutes()
    assert (await asks("GET", voice)).headers["etag"] == full.headers["etag"]


async def test_the_stream_begins_with_a_snapshot_and_goes_on_with_every_change(
    house, guild, alice, charlie, as_, listening, present, eventually
):
    asks = await as_(charlie)
    lobby = guild.channel("Lobby").id
    await alice.joins("Lobby")
    await eventually(lambda: present(asks), {lobby: [alice.id]})
    async with listening(asks) as stream:
        name, told = await stream.next()
        assert (name, told["channels"][0]["channel_id"]) == ("snapshot", lobby)
        await charlie.joins("Lobby")
        name, told = await stream.next()
        assert name == "joined"
        assert (told["user_id"], told["channel_id"], told["bot"]) == (charlie.id, lobby, False)
        assert "fleeting" not in told
        await charlie.leaves()
        await alice.leaves()
        assert await stream.names(3) == ["left", "left", "emptied"]


async def test_who_comes_back_is_told_what_they_missed_and_nothing_twice(
    house, guild, alice, charlie, as_, listening, present, eventually
):
    asks = await as_(alice)
    async with listening(asks) as stream:
        assert (await stream.next())[0] == "snapshot"
        await alice.joins("Lobby")
        assert await stream.names(2) == ["joined", "activated"]
    await charlie.joins("Lobby")
    await eventually(lambda: present(asks), {guild.channel("Lobby").id: [alice.id, charlie.id]})

    async with listening(asks, stream.last_id) as stream:
        assert await stream.names(1) == ["joined"]
        await charlie.leaves()
        assert await stream.names(1) == ["left"]
    async with listening(asks, stream.last_id, wait=0) as stream:
        assert await stream.next() is None


@pytest.mark.parametrize("lost", ["unknown", "too many", "erased"])
async def test_who_was_away_too_long_gets_a_snapshot_first(
    house, guild, alice, as_, listening, sessions, present, eventually, monkeypatch, lost
):
    asks = await as_(alice)
    async with listening(asks) as stream:
        await stream.next()
        await alice.joins("Lobby")
        await stream.names(2)
    last_id = stream.last_id
    await alice.leaves()
    await eventually(lambda: present(asks), {})
    if lost == "unknown":
        last_id = "0" * 26
    elif lost == "too many":
        monkeypatch.setattr(streams, "MOST_MISSED", 1)
    else:
        async with sessions.begin() as session:
            await session.execute(delete(Outbox).where(Outbox.id == last_id))

    async with listening(asks, last_id, wait=0) as stream:
        assert await stream.next() == (
            "snapshot",
            {"guild_id": guild.id, "known": True, "channels": []},
        )
        assert await stream.next() is None


async def test_charlie_hears_nothing_of_a_channel_that_he_cannot_see(
    house, guild, board, alice, charlie, as_, listening, present, eventually
):
    asks, sees = await as_(charlie), await as_(alice)
    async with listening(asks) as stream, listening(sees) as all_of_it:
        await alice.joins("Board")
        assert await all_of_it.names(3) == ["snapshot", "joined", "activated"]
        await alice.joins("Lobby")
        assert await stream.names(1) == ["snapshot"]
        # The leave of the other channel and the move are not for him.
        assert await stream.names(2) == ["joined", "activated"]
        assert await present(asks) == {guild.channel("Lobby").id: [alice.id]}
        await alice.joins("Board")
        assert await stream.names(2) == ["left", "emptied"]
    assert await present(asks) == {}
    assert await present(sees) == {board.id: [alice.id]}


async def test_who_may_not_see_a_channel_any_more_is_told_anew(
    house, guild, alice, charlie, as_, listening, present, eventually, monkeypatch
):
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.05)
    asks = await as_(charlie)
    await alice.joins("Lobby")
    await eventually(lambda: present(asks), {guild.channel("Lobby").id: [alice.id]})
    async with listening(asks) as stream:
        assert len((await stream.next())[1]["channels"]) == 1
        await guild.channel("Lobby").overwrite(guild.id, deny=int(Bit.VIEW_CHANNEL))

        assert (await stream.next())[1]["channels"] == []


async def test_a_revoked_token_ends_the_stream(house, alice, as_, revoke, listening, monkeypatch):
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.05)
    asks = await as_(alice)
    async with listening(asks) as stream:
        assert await stream.names(1) == ["snapshot"]
        await revoke(asks)

        assert await stream.next() is None


async def test_one_person_has_so_many_streams_and_not_one_more(
    house, alice, charlie, as_, voice, listening, monkeypatch, eventually
):
    monkeypatch.setattr(streams, "MOST_OF_PERSON", 1)
    asks = await as_(alice)

    async def status():
        answer = await asks("GET", f"{voice}/stream", params={"wait": 0})
        return answer.status_code

    async with listening(asks) as stream:
        await stream.next()
        assert await status() == 409
        async with listening(await as_(charlie), wait=0) as other:
            assert await other.names(1) == ["snapshot"]
    await eventually(status, 200)


async def test_who_lags_behind_is_dropped_and_costs_the_others_nothing(
    house, alice, as_, listening, monkeypatch
):
    """Events wait for a reader only up to a bound."""
    monkeypatch.setattr(feed, "MOST_WAITING", 2)
    asks = await as_(alice)
    async with listening(asks) as stream:
        assert await stream.names(1) == ["snapshot"]
        # All in one step of ours: no reader can keep up.
        for _ in range(3):
            await alice.joins("Lobby")
            await alice.leaves()
        seen = [each async for each in _rest_of(stream)]

    assert len(seen) < 12


async def _rest_of(stream):
    while (each := await stream.next()) is not None:
        yield each
