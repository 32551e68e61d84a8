from __future__ import annotations

import re

import pytest

from rallypoint.adapters.http.site import DueJob, Overview, PartState


async def test_the_page_shows_the_parts_the_figures_and_what_is_next(browse):
    page = (await browse().get("/")).text

    assert "sqlite answers" in page
    assert re.search(r"<b>3</b>\s*rooms open", page)
    assert re.search(r'rooms\.close.*<time [^>]*data-shape="relative"', page, re.DOTALL)
    assert "all well" in page


async def test_the_page_speaks_the_readers_language(browse, known):
    known.states = [PartState("gateway", False, "not connected")]
    known.shown = Overview({"rooms closed: empty": 2, "rooms tracked": 3})
    german = {"accept-language": "de", "accept": "text/html"}

    page = (await browse().get("/", headers=german)).text
    lost = await browse().get("/nothing-there", headers=german)

    for words in ("1 nicht bereit", "nicht verbunden", "Räume geschlossen: leer", "Räume im Blick"):
        assert words in page
    assert 'lang="de"' in page
    assert "Diese Seite gibt es nicht" in lost.text
    assert "Unter dieser Adresse ist nichts." in lost.text
    assert "Not Found" not in lost.text


async def test_the_page_says_which_part_is_not_ready(browse, known):
    known.states.append(PartState("gateway", False, "not connected"))

    page = (await browse().get("/")).text

    assert "1 not ready" in page
    assert "all well" not in page


async def test_the_page_is_there_while_the_database_is_not(browse, known):
    known.answers = False
    known.states = [PartState("database", False, "does not answer")]

    answer = await browse().get("/")

    assert answer.status_code == 200
    assert "does not answer" in answer.text


async def test_a_fact_is_text_and_never_markup(browse, known):
    known.states = [PartState("database", False, "<script>alert(1)</script>")]
    known.shown = Overview({"<b>": 1}, [DueJob("<i>", known.shown.due[0].due_at)])

    page = (await browse().get("/")).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<i>" not in page


async def test_only_the_demo_links_its_playground(browse):
    without = (await browse().get("/")).text
    linked = (await browse(playground="http://127.0.0.1:8200").get("/")).text

    assert "playground" not in without
    assert 'href="http://127.0.0.1:8200"' in linked


async def test_nothing_on_the_page_comes_from_elsewhere_and_all_of_it_is_there(browse):
    client = browse()

    page = (await client.get("/")).text

    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assets = [each for each in links if each not in ("/", "/login", "#main")]
    assert len(assets) >= 3
    for each in assets:
        assert each.startswith("/static/")
        answer = await client.get(each)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        asked = re.sub(rb"/\*.*?\*/|url\(.?data:", b"", answer.content, flags=re.DOTALL)
        assert not re.search(rb"url\(|@import|https?://(?!www\.w3\.org)", asked)


async def test_the_page_itself_is_never_kept(browse):
    answer = await browse().get("/")

    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("inline", ["<style", "style=", "onclick=", "onload=", "javascript:"])
async def test_the_page_needs_nothing_that_its_policy_forbids(browse, inline):
    page = (await browse(playground="http://127.0.0.1:1").get("/")).text

    assert inline not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
