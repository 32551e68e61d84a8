"""The authorization page: what a browser is shown, what it sends back, and a client library's whole way."""

from __future__ import annotations

import warnings
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

from fakecord import Permission

with warnings.catch_warnings(record=True):
    # It says on import, past every filter, that it would rather have another HTTP client.
    from authlib.integrations.httpx_client import (  # type: ignore[import-untyped]
        AsyncOAuth2Client,
    )

HOME = "https://club.example/callback"


@pytest.fixture(autouse=True)
def registered(fake):
    fake.allow_redirects(HOME)


@pytest.fixture
def link(fake):
    def write(**changed):
        asked = {
            "client_id": fake.application_id,
            "response_type": "code",
            "scope": "identify",
        } | changed
        return f"{fake.url}/oauth2/authorize?{urlencode(asked)}"

    return write


@pytest.fixture
async def http():
    """With cookies, as a browser keeps them for an address of numbers, too."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
def browse(http):
    """`await browse("GET", url)`: status, headers and text, without following a redirect."""

    async def visit(method, url, form=None, headers=None):
        async with http.request(
            method, url, data=form, headers=headers, allow_redirects=False
        ) as response:
            return response.status, response.headers, await response.text()

    return visit


def sent(location):
    return {key: values[0] for key, values in parse_qs(urlsplit(location).query).items()}


async def test_it_says_who_asks_for_what_and_where_it_leads(link, browse, alice, bob):
    status, headers, html = await browse("GET", link(scope="identify guilds"))

    assert status == 200
    for words in ("<b>bot</b>", "alice", "bob", "See your username", "Know which servers", HOME):
        assert words in html
    assert "form-action 'self' https://club.example;" in headers["Content-Security-Policy"]
    assert "script-src 'none'" in headers["Content-Security-Policy"]


async def test_names_are_no_markup(link, browse, alice, guild):
    guild.member("<b>mallory")
    _, _, html = await browse("GET", link())

    assert "&lt;b&gt;mallory" in html
    assert "<b>mallory" not in html


@pytest.mark.parametrize("answer", ["allow", "deny"])
async def test_its_form_leads_home(link, browse, alice, answer):
    status, headers, _ = await browse(
        "POST", link(state="x"), {"account": alice.id, "answer": answer}
    )
    told = sent(headers["Location"])

    assert status == 303
    assert told["state"] == "x"
    assert ("code" in told) == (answer == "allow")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["origin", "no origin of its own", "site"],
)
async def test_a_page_elsewhere_cannot_answer_it(link, browse, alice, headers, fake):
    form = {"account": alice.id, "answer": "allow"}
    status, answered, _ = await browse("POST", link(), form, headers)
    ours, _, _ = await browse("POST", link(), form, {"Origin": fake.url})

    assert (status, "Location" in answered) == (403, False)
    assert ours == 303


async def test_nobody_in_particular_cannot_answer_it(link, browse, alice, fake):
    statuses = [
        (await browse("POST", link(), {"account": account, "answer": "allow"}))[0]
        for account in ("", "1", fake.application_id)
    ]

    assert statuses == [400, 400, 400]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_id": "1"}, "Unknown Application"),
        ({"redirect_uri": "https://evil.example/<b>"}, "&lt;b&gt;"),
    ],
    ids=["client", "address"],
)
async def test_what_is_wrong_is_said_on_a_page_and_leads_nowhere(link, browse, changed, words):
    status, headers, html = await browse("GET", link(**changed))

    assert status == 400
    assert words in html
    assert "Location" not in headers


async def test_an_error_for_the_application_is_sent_there_at_once(link, browse):
    status, headers, _ = await browse("GET", link(scope="everything"))

    assert status == 303
    assert sent(headers["Location"])["error"] == "invalid_scope"


async def test_who_allowed_it_before_is_not_asked_again_with_prompt_none(
    link, browse, alice, application
):
    silent = link(prompt="none")
    stranger, _, _ = await browse("GET", silent)
    _, headers, _ = await browse("POST", silent, {"account": alice.id, "answer": "allow"})
    unused, _, _ = await browse("GET", silent)
    await application.exchanges(sent(headers["Location"])["code"])
    again, there, _ = await browse("GET", silent)
    more, _, _ = await browse("GET", link(prompt="none", scope="identify guilds"))
    asked, _, _ = await browse("GET", link(prompt="consent"))

    assert (stranger, unused, again, more, asked) == (200, 200, 303, 200, 200)
    assert "code" in sent(there["Location"])


@pytest.fixture
async def application(fake):
    """Authlib, as a web application uses it."""
    client = AsyncOAuth2Client(
        client_id=fake.application_id,
        client_secret=fake.client_secret,
        scope="identify guilds",
        redirect_uri=HOME,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",
        token_endpoint=f"{fake.api_url}/oauth2/token",
    )

    async def exchanges(code):
        token = f"{fake.api_url}/oauth2/token"
        return await client.fetch_token(token, code=code, grant_type="authorization_code")

    client.exchanges = exchanges
    yield client
    await client.aclose()


async def test_authlib_goes_all_the_way(fake, application, alice):
    verifier = "v" * 64
    page = f"{fake.url}/oauth2/authorize"
    url, state = application.create_authorization_url(page, code_verifier=verifier)
    location = await alice.authorizes(url)
    endpoint = f"{fake.api_url}/oauth2/token"
    tokens = await application.fetch_token(
        endpoint, authorization_response=location, code_verifier=verifier, state=state
    )
    me = (await application.get(f"{fake.api_url}/users/@me")).json()
    guilds = (await application.get(f"{fake.api_url}/users/@me/guilds")).json()
    fresh = await application.refresh_token(endpoint, refresh_token=tokens["refresh_token"])
    revoked = await application.revoke_token(
        f"{endpoint}/revoke", token=fresh["access_token"], token_type_hint="access_token"
    )
    after = await application.get(f"{fake.api_url}/users/@me")

    assert me["id"] == alice.id
    assert [each["name"] for each in guilds] == ["Demo"]
    assert fresh["access_token"] != tokens["access_token"]
    assert (revoked.status_code, after.status_code) == (200, 401)


@pytest.fixture
async def elsewhere(fake, alice):
    """A guild the bot was thrown out of, and Alice's."""
    guild = fake.guild("Elsewhere")
    guild.member("alice", owner=True)
    guild.member("bob")
    await guild.removes_bot()
    return guild


async def test_a_link_adds_the_bot_with_the_permissions_it_names(
    fake, alice, elsewhere, browse, link, api
):
    wanted = int(Permission.MANAGE_CHANNELS | Permission.MOVE_MEMBERS)
    url = f"{fake.url}/oauth2/authorize?client_id={fake.application_id}&scope=bot&permissions={wanted}"
    _, _, html = await browse("GET", url)
    form = {"account": alice.id, "guild_id": elsewhere.id, "answer": "allow"}
    status, headers, _ = await browse("POST", url, form)
    mine = (await api("GET", "/users/@me/guilds")).body

    assert "Add to server" in html
    assert "Manage channels, Move members" in html
    assert (status, "Location" in headers) == (200, False)
    assert elsewhere.bot_role.permissions == wanted
    assert elsewhere.id in [each["id"] for each in mine]


async def test_the_bot_hears_of_the_guild_it_was_added_to(fake, elsewhere, connect, link):
    socket = await connect()
    await socket.identify(fake.token, 1)
    await socket.settle()
    before = len(socket.events)
    url = link(response_type="", scope="bot", permissions="8")
    led_to = await elsewhere.member("alice").authorizes(url)

    assert led_to == ""
    assert (await socket.settle())[before:] == ["GUILD_CREATE"]
    assert socket.heard[-2]["d"]["id"] == elsewhere.id


async def test_who_may_not_manage_the_guild_adds_no_bot(fake, elsewhere, browse, bob):
    url = f"{fake.url}/oauth2/authorize?client_id={fake.application_id}&scope=bot"
    form = {"account": bob.id, "guild_id": elsewhere.id, "answer": "allow"}
    status, _, _ = await browse("POST", url, form)

    assert status == 400
    assert fake.application_id not in elsewhere.state.members


async def test_a_guild_that_is_fixed_is_not_chosen(fake, guild, elsewhere, alice, browse):
    url = (
        f"{fake.url}/oauth2/authorize?client_id={fake.application_id}&scope=bot"
        f"&guild_id={elsewhere.id}&disable_guild_select=true"
    )
    _, _, html = await browse("GET", url)
    await browse("POST", url, {"account": alice.id, "guild_id": guild.id, "answer": "allow"})

    assert "Demo" not in html
    assert fake.application_id in elsewhere.state.members


async def test_with_a_code_the_token_tells_of_the_guild(elsewhere, link, application, http, fake):
    alice = elsewhere.member("alice")
    told = sent(await alice.authorizes(link(scope="bot identify", permissions="8")))
    tokens = await application.exchanges(told["code"])

    assert (told["guild_id"], told["permissions"]) == (elsewhere.id, "8")
    assert tokens["guild"]["id"] == elsewhere.id


async def test_a_bot_that_is_there_gets_its_permissions_changed(guild, alice, link):
    await alice.authorizes(link(scope="bot identify", permissions="16"))

    assert guild.bot_role.permissions == Permission.MANAGE_CHANNELS
