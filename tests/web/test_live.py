"""The part of a page that stays as the server has it."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from importlib.metadata import version

import pytest

from fakecord import Permission
from fakecord.entities import Overwrite
from rallypoint.adapters.http.application import create_app
from rallypoint.features.boards.service import voice
from rallypoint.ui.web import live_part
from tests.web.conftest import PAGE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""


class Stream:
    def __init__(self, lines) -> None:
        self._lines = lines

    async def message(self) -> tuple[str, str]:
        """The next one's id and what it holds."""
        found, data = "", []
        async with asyncio.timeout(20):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "id":
                    found = value
                elif name == "data":
                    data.append(value)
                elif not line and data:
                    return found, "\n".join(data)
        raise AssertionError("it has ended")


@pytest.fixture
def opened(http, guild):
    """`async with opened(visits)`: the stream of Voice now."""

    @asynccontextmanager
    async def opened(visits, **headers):
        cookie = "; ".join(f"{name}={each}" for name, each in visits.cookies.items())
        given = PAGE | {"accept": "text/event-stream", "cookie": cookie} | headers
        path = f"/servers/{guild.id}/voice/live"
        async with http.stream("GET", path, headers=given) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield Stream(answer.aiter_lines())

    return opened


@pytest.fixture
def sites(monkeypatch):
    """What the program has handed to its server."""
    made = []

    def kept(site):
        made.append(site)
        return create_app(site)

    monkeypatch.setattr("rallypoint.app.program.create_app", kept)
    return made


async def test_all_who_see_the_same_get_the_same_rendered_once(
    house, alice, bob, charlie, in_, opened, monkeypatch
):
    rendered = []
    board = voice.board

    async def counted(*args, **more):
        rendered.append(args)
        return await board(*args, **more)

    monkeypatch.setattr("rallypoint.features.boards.web.voice.board", counted)
    first, second = await in_(alice), await in_(alice)
    async with opened(first) as one, opened(second) as two:
        start = [await one.message(), await two.message()]
        rendered.clear()
        await charlie.joins("Lobby")
        told = [await one.message(), await two.message()]

    assert start[0] == start[1]
    assert told[0] == told[1]
    assert "charlie" in told[0][1]
    assert "charlie" not in start[0][1]
    assert len(rendered) <= 2


async def test_who_has_it_already_is_told_nothing_until_it_changes(
    house, alice, charlie, in_, opened
):
    visits = await in_(alice)
    async with opened(visits) as first:
        known, _ = await first.message()
        async with opened(visits, **{"last-event-id": known}) as stream:
            await charlie.joins("Lobby")
            fresh, part = await stream.message()
        async with opened(visits, **{"last-event-id": known}) as stream:
            again, _ = await stream.message()

    assert fresh != known
    assert "charlie" in part
    assert again == fresh


async def test_a_channel_one_may_not_see_is_not_in_ones_stream(
    fake, guild, house, alice, vera, charlie, in_, opened
):
    hidden = Overwrite(id=guild.id, type=0, deny=Permission.VIEW_CHANNEL)
    guild.add_channel("Board", "voice", overwrites=[hidden])
    async with opened(await in_(vera)) as hers, opened(await in_(alice)) as all_:
        _, seen = await hers.message()
        _, whole = await all_.message()
        while "Board" not in whole:
            _, whole = await all_.message()

    assert "Lobby" in seen
    assert "Board" not in seen


async def test_what_was_rendered_for_one_is_not_shown_to_who_may_less_or_reads_otherwise(
    house, guild, alice, vera, in_, eventually
):
    await alice.runs("/room public name:Chess")
    path = f"/servers/{guild.id}/voice"
    hers = await in_(alice)

    async def is_there() -> bool:
        return "/hold" in (await hers.get(path)).text

    await eventually(is_there, True)
    german = (await hers.get(path, headers={"accept-language": "de"})).text
    seen = (await (await in_(vera)).get(path)).text

    assert "Chess" in seen
    assert "/hold" not in seen
    assert "Schließen" in german


async def test_below_a_page_with_a_live_part_stands_the_programs_version_and_not_the_parts(
    house, guild, alice, in_
):
    visits = await in_(alice)
    pages = [
        (await visits.get(f"/servers/{guild.id}/{name}")).text
        for name in ("overview", "voice", "deliveries")
    ]

    assert [re.findall(r"<footer[^>]*>Rallypoint (\S+) ·", page) for page in pages] == [
        [version("rallypoint")]
    ] * len(pages)


async def test_a_stream_ends_as_soon_as_the_program_is_about_to_stop(
    sites, house, alice, in_, opened, monkeypatch
):
    """And not at its next beat, or look: the server would break it off before."""
    monkeypatch.setattr(live_part, "LOOK_SECONDS", live_part.BEAT_SECONDS)
    async with opened(await in_(alice)) as stream:
        await stream.message()
        sites[0].closing.set()

        with pytest.raises(AssertionError, match="it has ended"):
            async with asyncio.timeout(live_part.BEAT_SECONDS / 3):
                await stream.message()


async def test_a_stream_ends_for_who_may_not_look_any_more(
    house, guild, alice, vera, in_, opened, monkeypatch
):
    monkeypatch.setattr(live_part, "BEAT_SECONDS", 0.05)
    async with opened(await in_(vera)) as stream:
        await stream.message()
        await alice.manages.gives_role("watchers", vera.id, on=False)
        house.clock.advance(61)

        with pytest.raises(AssertionError, match="it has ended"):
            await stream.message()


@pytest.mark.parametrize(("most", "status"), [(2, 200), (1, 409)])
async def test_of_one_person_so_many_live_pages_are_open(
    house, guild, alice, in_, opened, monkeypatch, most, status
):
    monkeypatch.setattr(live_part, "MOST_OF_PERSON", most)
    visits = await in_(alice)
    async with opened(visits) as stream:
        await stream.message()

        assert await visits.status("GET", f"/servers/{guild.id}/voice/live") == status


async def test_a_stream_ends_for_who_has_logged_out(house, alice, in_, opened, monkeypatch):
    monkeypatch.setattr(live_part, "BEAT_SECONDS", 0.05)
    visits = await in_(alice)
    async with opened(visits) as stream:
        await stream.message()
        await visits.send("/logout")

        with pytest.raises(AssertionError, match="it has ended"):
            await stream.message()
