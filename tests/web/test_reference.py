"""What programs can ask, as people read it: what stands there is so."""

from __future__ import annotations

import html
import re
import shlex
from string import Template

import pytest

from tests.rest.conftest import as_, plant, token_for
from tests.rest.test_who_may_what import ROUTES

__all__ = ["as_", "plant", "token_for"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CARD = re.compile(r'<section class="card" id="\w+" .*?</section>', re.DOTALL)
ROUTE = re.compile(r'<span class="method \w+">(\w+)</span>\s*<code class="path">([^<]+)</code>')
LINE = re.compile(r"<pre[^>]*>(curl .*?)</pre>", re.DOTALL)
TITLE = re.compile(r'<a href="/rest/[a-z-]+#\w+"[^>]*>([^<]+)</a>')
PARAMETERS = re.compile(r"<h3>Parameters</h3>(.*?)</dl>", re.DOTALL)
FIELD = re.compile(
    r"<dt><code>(\w+)</code>.*?<dd>(?:<span(?! class)[^>]*>(.+?)</span>)?", re.DOTALL
)
SECTION = re.compile(r'href="(/rest/[a-z-]+)"')


@pytest.fixture
async def pages(house, alice, in_) -> list[str]:
    """First the one that leads to the others."""
    visits = await in_(alice)
    first = (await visits.get("/rest")).text
    found = dict.fromkeys(SECTION.findall(first))
    return [first, *[(await visits.get(path)).text for path in found]]


@pytest.fixture
def examples(pages) -> dict[tuple[str, str], str]:
    """By method and path: what is to be typed."""
    cards = [card for page in pages[1:] for card in CARD.findall(page) if LINE.search(card)]
    return {
        (found[1], found[2]): html.unescape(line[1])
        for card in cards
        if (found := ROUTE.search(card)) and (line := LINE.search(card))
    }


async def test_every_route_is_there_with_who_may_ask_it(pages, examples):
    assert examples.keys() == ROUTES.keys()
    assert _listed(pages[0]) == {*ROUTES}


async def test_no_two_routes_are_called_the_same_and_what_one_may_ask_for_is_explained(pages):
    titles = TITLE.findall(pages[0])
    asked = {
        each
        for page in pages
        for found in PARAMETERS.findall(page)
        for each in FIELD.findall(found)
    }

    assert len(titles) == len({*titles}) == len(ROUTES)
    assert {name for name, about in asked} == {
        *("active", "before", "delivery", "guild", "id", "kind", "limit", "state", "wait")
    }
    assert [name for name, about in asked if not about] == []


def _listed(page: str) -> set[tuple[str, str]]:
    lines = re.findall(r"<li>.*?</li>", page, re.DOTALL)
    method, path = r'method \w+">(\w+)<', r'class="path">([^<]+)<'
    return {
        (found[1], where[1])
        for line in lines
        if (found := re.search(method, line)) and (where := re.search(path, line))
    }


async def test_every_example_does_what_is_said_as_it_stands(
    examples, alice, guild, token_for, http, plant, plant_destination, plant_subscription
):
    token, wrong = await token_for(alice), {}
    plants = {
        "scheduled-tasks": plant,
        "destinations": plant_destination,
        "subscriptions": plant_subscription,
    }
    for (method, path), line in examples.items():
        own = next((each for name, each in plants.items() if f"/{name}/{{id}}" in path), plant)
        number = await own(guild.id)
        facts = {"TOKEN": token, "GUILD": guild.id, "ID": number, "DELIVERY": number}
        # Which one is meant is for whoever copies the line to say.
        for name, plant_one in (
            ("destination_id", plant_destination),
            ("subscription_id", plant_subscription),
        ):
            if f'"{name}": "7"' in line:
                line = line.replace('"7"', f'"{await plant_one(guild.id)}"')
        asked = Typed(Template(line).substitute(facts))
        async with http.stream(
            asked.method, asked.url, headers=asked.headers, content=asked.body
        ) as answer:
            if (asked.method, answer.status_code) != (method, ROUTES[method, path]):
                wrong[method, path] = (answer.status_code, line)

    assert wrong == {}


class Typed:
    """What curl would ask for."""

    def __init__(self, line: str) -> None:
        words = shlex.split(line.replace("\\\n", " "))
        assert words.pop(0) == "curl"
        self.headers: dict[str, str] = {}
        self.body = method = None
        while words:
            match words.pop(0):
                case "-N":
                    continue
                case "-X":
                    method = words.pop(0)
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    self.headers[name] = value
                case "-d":
                    self.body = words.pop(0)
                case url:
                    self.url = url
        self.method = method or ("GET" if self.body is None else "POST")


async def test_what_a_page_names_it_shows(pages):
    """Each shape of an answer, or of a field of one, is explained on the page itself."""
    for page in pages:
        named = set(re.findall(r'href="#([^"]+)"', page)) - {"main"}

        assert named <= set(re.findall(r'id="([^"]+)"', page))


async def test_a_section_that_is_not_there_is_no_page(house, alice, in_):
    answer = await (await in_(alice)).get("/rest/nothing")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


async def test_where_tokens_are_made_it_is_said_what_they_are_good_for(house, alice, in_):
    page = (await (await in_(alice)).get("/me")).text

    assert 'href="/rest"' in page
