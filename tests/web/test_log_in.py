"""In by Discord and out again, and every way that leads nowhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from fakecord.faults.requests import Fault
from rallypoint.features.accounts.model import LogIn
from tests.web.conftest import COOKIE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the databases do differently is tried where the use cases are."""

ELSEWHERE = (
    *("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"),
    *("/logout", "/api/v1/x", "/servers/../..//evil", "/a\nb", "\t//evil", "/x" + "y" * 600),
)
WAY = f"{COOKIE}-way"


@pytest.fixture
def log_ins(sessions):
    async def count():
        async with sessions() as session:
            return await session.scalar(select(func.count()).select_from(LogIn))

    return count


def changed(address, **query):
    """None: left out."""
    split = urlsplit(address)
    given = {name: values[0] for name, values in parse_qs(split.query).items()} | query
    left = {name: value for name, value in given.items() if value is not None}
    return f"{split.scheme}://{split.netloc}{split.path}?{urlencode(left)}"


async def test_somebody_logs_in_and_out(house, alice, guild, browser, log_ins):
    visits = browser()
    asked = await visits.get("/servers")
    page = await visits.get(asked.headers["location"])
    answer = await visits.logs_in(alice, "/servers?x=1")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if COOKIE + "=" in each)
    servers = await visits.get("/servers")

    assert asked.headers["location"] == "/login?next=%2Fservers"
    assert "/login/discord?next=/servers" in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, "/servers?x=1")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert WAY not in visits.cookies
    assert f"/servers/{guild.id}/overview" in servers.text

    kept = dict(visits.cookies)
    left = await visits.send("/logout")
    visits.cookies = kept
    again = await visits.get("/servers")

    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert again.status_code == 303
    assert await log_ins() == 0


async def test_the_consent_page_is_asked_for_the_least_with_pkce(house, fake, browser):
    query = parse_qs(urlsplit(await browser().goes_to_discord()).query)

    assert query["scope"] == ["identify guilds guilds.members.read"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) == 43
    assert query["client_id"] == [fake.application_id]


async def test_a_state_that_we_never_gave_is_refused(house, alice, browser, log_ins):
    for state in ("x" * 43, "", None, "é\0"):
        visits = browser()
        back = await alice.authorizes(await visits.goes_to_discord())
        answer = await visits.comes_back(changed(back, state=state))

        assert answer.status_code == 400, state
        assert "Log in again" in answer.text
    assert await log_ins() == 0


async def test_a_way_that_another_browser_began_is_not_gone_on(house, alice, browser, log_ins):
    """Or somebody could be logged in as who planted the link."""
    planted = await alice.authorizes(await browser().goes_to_discord())
    stranger, began = browser(), browser()
    await began.goes_to_discord()

    assert (await stranger.comes_back(planted)).status_code == 400
    assert (await began.comes_back(planted)).status_code == 400
    assert await log_ins() == 0


async def test_nobody_comes_back_twice(house, alice, browser, log_ins):
    visits = browser()
    back = await alice.authorizes(await visits.goes_to_discord())
    way = visits.cookies[WAY]
    first = await visits.comes_back(back)
    fresh = await alice.authorizes(changed(await browser().goes_to_discord(), state=None))
    code = parse_qs(urlsplit(fresh).query)["code"][0]
    visits.cookies = {WAY: way}
    second = await visits.comes_back(changed(back, code=code))

    assert (first.status_code, second.status_code) == (303, 400)
    assert "already" in second.text
    assert await log_ins() == 1


async def test_of_two_that_come_back_at_once_one_is_let_in(house, alice, browser, log_ins):
    visits = browser()
    back = await alice.authorizes(await visits.goes_to_discord())
    answers = await asyncio.gather(visits.comes_back(back), visits.comes_back(back))

    assert sorted(each.status_code for each in answers) == [303, 400]
    assert await log_ins() == 1


async def test_a_way_is_open_for_ten_minutes(house, alice, browser):
    statuses = []
    for seconds in (599, 602):
        visits = browser()
        asked = await visits.goes_to_discord()
        house.clock.advance(seconds)
        answer = await visits.comes_back(await alice.authorizes(asked))
        statuses.append(answer.status_code)

    assert statuses == [303, 400]


async def test_a_code_is_of_no_use_without_the_verifier_of_its_browser(house, alice, browser):
    victim = browser()
    stolen = parse_qs(urlsplit(await alice.authorizes(await victim.goes_to_discord())).query)
    thief = browser()
    own = parse_qs(urlsplit(await thief.goes_to_discord()).query)
    query = urlencode({"code": stolen["code"][0], "state": own["state"][0]})
    answer = await thief.comes_back(f"/login/callback?{query}")

    assert answer.status_code == 400
    assert "did not accept" in answer.text


async def test_who_says_no_at_discord_is_told_so(house, alice, browser):
    visits = browser()
    back = await alice.authorizes(await visits.goes_to_discord(), allow=False)
    answer = await visits.comes_back(back)

    assert answer.status_code == 400
    assert "not allowed it" in answer.text


async def test_less_than_was_asked_for_logs_nobody_in(house, alice, browser, log_ins):
    visits = browser()
    asked = changed(await visits.goes_to_discord(), scope="identify guilds")
    answer = await visits.comes_back(await alice.authorizes(asked))

    assert answer.status_code == 400
    assert "guilds.members.read is missing" in answer.text
    assert await log_ins() == 0


async def test_while_discord_is_down_nobody_is_half_logged_in(house, alice, browser, log_ins):
    for path in ("/oauth2/token", "/users/@me"):
        for fault in ({"status": 500}, {"status": 503}, {"status": 200, "body": '{"error": "x"}'}):
            visits = browser()
            back = await alice.authorizes(await visits.goes_to_discord())
            house.faults.add(Fault(path=path, times=1, **fault))
            answer = await visits.comes_back(back)

            assert answer.status_code == (400 if fault["status"] == 200 else 503), (path, fault)
            assert "Discord d" in answer.text, answer.text
    assert await log_ins() == 0


async def test_nobody_is_led_elsewhere(house, alice, browser):
    for wanted in ELSEWHERE:
        answer = await browser().logs_in(alice, wanted)

        assert answer.headers["location"] == "/servers", wanted


async def test_what_a_browser_carried_before_opens_nothing_afterwards(
    house, alice, bob, browser, in_
):
    """Neither a cookie that somebody planted, nor the log-in it was."""
    old = await in_(bob)
    planted = old.cookies[COOKIE]
    visits = browser()
    visits.cookies[COOKIE] = planted
    await visits.logs_in(alice)

    assert visits.cookies[COOKIE] != planted
    assert (await old.get("/servers")).status_code == 303
    assert "alice" in (await visits.get("/servers")).text


async def test_who_is_away_for_a_week_is_logged_out(house, alice, in_):
    statuses = [
        (await (await in_(alice, ago=timedelta(days=days))).get("/servers")).status_code
        for days in (6, 8)
    ]

    assert statuses == [200, 303]


async def test_another_name_of_this_machine_leads_to_the_one_discord_knows(
    house, dashboard, browser
):
    port = urlsplit(dashboard).port
    answer = await browser().get("/login/discord", headers={"host": f"localhost:{port}"})
    target = urlsplit(answer.headers["location"])

    assert f"{target.scheme}://{target.netloc}" == dashboard
    assert target.path == "/login/discord"
    assert "here=1" in target.query


async def test_nothing_secret_is_in_the_database(house, alice, browser, sessions):
    visits = browser()
    await visits.logs_in(alice)
    async with sessions() as session:
        (row,) = await session.scalars(select(LogIn))
    text = visits.cookies[COOKIE]
    grants = house.core.world.grants.values()
    secrets_ = [text, *(each.id for each in grants), *(each.refresh_token for each in grants)]

    assert len(secrets_) >= 3
    kept = b"".join([row.hash, row.sealed, row.id.encode(), row.browser.encode()])
    assert not [each for each in secrets_ if each.encode() in kept]


class TestWithoutASecret:
    @pytest.fixture
    def house_rules(self):
        return {}

    async def test_the_page_says_what_to_set(self, house, browser, dashboard):
        page = await browser().get("/login")
        begun = await browser().get("/login/discord")

        assert "RALLYPOINT_CLIENT_SECRET" in page.text
        assert f"{dashboard}/login/callback" in page.text
        assert begun.status_code == 422
        assert "RALLYPOINT_CLIENT_SECRET" in begun.text
