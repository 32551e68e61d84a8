"""People allow the application something, and it fetches, renews and gives back tokens for it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from fakecord import Fakecord, PeopleError, Permission
from fakecord.oauth2.tokens import challenge_of
from tests.fakecord.clients import Answer, Api

HOME = "https://club.example/callback"
VERIFIER = "v" * 43
CHALLENGE = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}


@dataclass
class Application:
    """The web application's side: its links, and its requests for tokens."""

    fake: Fakecord
    http: Any

    def link(self, **changed):
        """Of the authorization page; what is None is left out."""
        asked = {
            "client_id": self.fake.application_id,
            "response_type": "code",
            "redirect_uri": HOME,
            "scope": "identify guilds",
            "state": "s p&c",
        } | changed
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        return f"{self.fake.url}/oauth2/authorize?{query}"

    async def post(self, path, form, *, basic=None, secret=True):
        if secret and basic is None:
            form = {
                "client_id": self.fake.application_id,
                "client_secret": self.fake.client_secret,
            } | form
        headers = {"Authorization": f"Basic {basic}"} if basic else {}
        url = f"{self.fake.api_url}/oauth2/{path}"
        async with self.http.post(url, data=form, headers=headers) as response:
            return Answer(response.status, response.headers, await response.json())

    async def exchanges(self, code, **more):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME} | more
        return await self.post("token", {k: v for k, v in form.items() if v is not None})

    async def refreshes(self, token, **more):
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.post("token", form | more)

    async def tokens(self, person, **changed):
        """All the way, to the token endpoint's answer."""
        told = sent(await person.authorizes(self.link(**changed)))
        return (await self.exchanges(told["code"])).body

    def bearer(self, token):
        return Api(self.http, self.fake.api_url, {"Authorization": f"Bearer {token}"})

    async def asks(self, path, person, scope):
        tokens = await self.tokens(person, scope=scope)
        return await self.bearer(tokens["access_token"])("GET", path)


def sent(location):
    """What the redirect says."""
    return {key: values[0] for key, values in parse_qs(urlsplit(location).query).items()}


@pytest.fixture
def application(fake, http):
    fake.allow_redirects(HOME)
    return Application(fake, http)


async def test_a_yes_leads_home_with_a_code_and_the_state(application, alice):
    location = await alice.authorizes(application.link())

    assert location.startswith(HOME + "?")
    assert sent(location)["state"] == "s p&c"
    assert set(sent(location)) == {"code", "state"}


async def test_a_no_leads_home_with_access_denied(application, alice):
    told = sent(await alice.authorizes(application.link(), allow=False))

    assert (told["error"], told["state"]) == ("access_denied", "s p&c")
    assert "code" not in told


async def test_a_code_becomes_a_token_that_speaks_for_her(application, alice):
    tokens = await application.tokens(alice)
    me = (await application.bearer(tokens["access_token"])("GET", "/users/@me")).body

    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 604_800)
    assert tokens["scope"] == "identify guilds"
    assert (me["id"], me["username"]) == (alice.id, "alice")
    assert "email" not in me


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"client_id": "1"}, "Unknown Application", id="client"),
        pytest.param({"redirect_uri": HOME + "/"}, "redirect_uri", id="longer address"),
        pytest.param({"redirect_uri": HOME + "?x=1"}, "redirect_uri", id="with a query"),
        pytest.param({"scope": "webhook.incoming"}, "webhook.incoming", id="not served"),
        pytest.param({"permissions": "many", "scope": "bot"}, "permissions", id="permissions"),
    ],
)
async def test_whoever_asks_wrongly_gets_nobody_sent(application, alice, changed, words):
    with pytest.raises(PeopleError, match=words):
        await alice.authorizes(application.link(**changed))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        pytest.param({"scope": "identify everything"}, "invalid_scope", id="scope"),
        pytest.param({"response_type": "word"}, "unsupported_response_type", id="response type"),
        pytest.param(CHALLENGE | {"code_challenge_method": "plain"}, "invalid_request", id="plain"),
        pytest.param(
            CHALLENGE | {"code_challenge_method": None}, "invalid_request", id="no method"
        ),
    ],
)
async def test_what_cannot_be_asked_leads_home_with_an_error(application, alice, changed, error):
    told = sent(await alice.authorizes(application.link(**changed)))

    assert (told["error"], told["state"]) == (error, "s p&c")


async def test_without_a_redirect_uri_the_first_registered_is_meant(application, alice):
    location = await alice.authorizes(application.link(redirect_uri=None))
    tokens = await application.exchanges(sent(location)["code"], redirect_uri=None)

    assert location.startswith(HOME)
    assert tokens.status == 200


async def test_the_implicit_grant_is_in_the_fragment(application, alice):
    location = urlsplit(await alice.authorizes(application.link(response_type="token")))
    told = {key: values[0] for key, values in parse_qs(location.fragment).items()}
    me = await application.bearer(told["access_token"])("GET", "/users/@me")

    assert location.query == ""
    assert set(told) == {"access_token", "token_type", "expires_in", "scope", "state"}
    assert me.body["id"] == alice.id


async def test_a_code_is_good_once(application, alice):
    code = sent(await alice.authorizes(application.link()))["code"]
    first, second = [await application.exchanges(code) for _ in range(2)]

    assert first.status == 200
    assert (second.status, second.body["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 400)])
async def test_a_code_expires(application, alice, fake, seconds, status):
    fake.clock.freeze()
    code = sent(await alice.authorizes(application.link()))["code"]
    fake.clock.advance(seconds)

    assert (await application.exchanges(code)).status == status


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"code": "wrong"}, id="code"),
        pytest.param({"redirect_uri": HOME + "/"}, id="another address"),
        pytest.param({"redirect_uri": None}, id="no address"),
        pytest.param({"code_verifier": VERIFIER}, id="verifier without challenge"),
    ],
)
async def test_a_wrong_exchange_is_an_invalid_grant(application, alice, more):
    code = sent(await alice.authorizes(application.link()))["code"]
    answer = await application.exchanges(**({"code": code} | more))

    assert (answer.status, answer.body["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("verifier", "status"),
    [(VERIFIER, 200), ("w" * 43, 400), (None, 400)],
    ids=["right", "wrong", "none"],
)
async def test_a_challenge_wants_its_verifier(application, alice, verifier, status):
    code = sent(await alice.authorizes(application.link(**CHALLENGE)))["code"]
    answer = await application.exchanges(code, code_verifier=verifier)

    assert answer.status == status


def basic(name, secret):
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


async def test_the_secret_may_come_by_basic_authentication(application, alice, fake):
    code = sent(await alice.authorizes(application.link()))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME}
    wrong = await application.post("token", form, basic=basic(fake.application_id, "wrong"))
    right = await application.post(
        "token", form, basic=basic(fake.application_id, fake.client_secret)
    )

    assert (wrong.status, wrong.body["error"]) == (401, "invalid_client")
    assert right.status == 200


@pytest.mark.parametrize(
    "more", [{"client_secret": "wrong"}, {"client_id": "1"}], ids=["secret", "client"]
)
async def test_a_client_nobody_knows_is_invalid(application, alice, more):
    code = sent(await alice.authorizes(application.link()))["code"]
    answer = await application.exchanges(code, **more)

    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("public", "challenge", "status"),
    [
        pytest.param(True, True, 200, id="public, with PKCE"),
        pytest.param(True, False, 400, id="public, without"),
        pytest.param(False, True, 401, id="not public"),
    ],
)
async def test_only_a_public_client_does_without_its_secret(
    application, alice, fake, public, challenge, status
):
    fake.allow_redirects(HOME, public=public)
    changed, more = (CHALLENGE, {"code_verifier": VERIFIER}) if challenge else ({}, {})
    code = sent(await alice.authorizes(application.link(**changed)))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME} | more
    answer = await application.post(
        "token", {"client_id": fake.application_id} | form, secret=False
    )

    assert answer.status == status


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({"grant_type": "password"}, "unsupported_grant_type", id="grant type"),
        pytest.param({}, "unsupported_grant_type", id="none"),
        pytest.param({"grant_type": "refresh_token"}, "invalid_grant", id="no refresh token"),
        pytest.param({"grant_type": "client_credentials"}, "invalid_scope", id="no scope"),
        pytest.param(
            {"grant_type": "client_credentials", "scope": "x"}, "invalid_scope", id="unknown scope"
        ),
    ],
)
async def test_what_cannot_be_granted(application, form, error):
    answer = await application.post("token", form)

    assert (answer.status, answer.body["error"]) == (400, error)


async def test_json_is_not_permitted(application, alice, fake, http):
    api = Api(http, fake.api_url, {})
    answer = await api("POST", "/oauth2/token", {"grant_type": "client_credentials"})

    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


async def test_a_refresh_gives_a_fresh_pair_and_spends_the_old_token(application, alice):
    tokens = await application.tokens(alice)
    fresh = await application.refreshes(tokens["refresh_token"])
    again = await application.refreshes(tokens["refresh_token"])
    me = await application.bearer(fresh.body["access_token"])("GET", "/users/@me")

    assert fresh.body["scope"] == tokens["scope"]
    assert fresh.body["refresh_token"] != tokens["refresh_token"]
    assert me.status == 200
    assert (again.status, again.body["error"]) == (400, "invalid_grant")


async def test_a_refresh_may_ask_for_less_and_not_for_more(application, alice):
    tokens = await application.tokens(alice)
    more = await application.refreshes(tokens["refresh_token"], scope="identify email")
    less = await application.refreshes(tokens["refresh_token"], scope="identify")

    assert (more.status, more.body["error"]) == (400, "invalid_scope")
    assert less.body["scope"] == "identify"


async def test_an_access_token_expires_and_its_refresh_token_does_not(application, alice, fake):
    fake.clock.freeze()
    tokens = await application.tokens(alice)
    me = application.bearer(tokens["access_token"])
    fake.clock.advance(604_799)
    before = await me("GET", "/users/@me")
    fake.clock.advance(1)
    after = await me("GET", "/users/@me")

    assert (before.status, after.status) == (200, 401)
    assert (await application.refreshes(tokens["refresh_token"])).status == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_revocation_takes_all_of_her_tokens_and_nobody_elses(application, alice, bob, kind):
    hers = [await application.tokens(alice) for _ in range(2)]
    his = await application.tokens(bob)
    revoked = await application.post(
        "token/revoke", {"token": hers[0][kind], "token_type_hint": kind}
    )
    statuses = [
        (await application.bearer(each["access_token"])("GET", "/users/@me")).status
        for each in (*hers, his)
    ]

    assert (revoked.status, revoked.body) == (200, {})
    assert statuses == [401, 401, 200]
    assert (await application.refreshes(hers[1]["refresh_token"])).status == 400


async def test_only_the_client_revokes_and_an_unknown_token_is_as_good_as_revoked(
    application, alice
):
    tokens = await application.tokens(alice)
    form = {"token": tokens["access_token"]}
    stranger = await application.post("token/revoke", form, secret=False)
    unknown = await application.post("token/revoke", {"token": "unknown"})
    me = await application.bearer(tokens["access_token"])("GET", "/users/@me")

    assert (stranger.status, stranger.body["error"]) == (401, "invalid_client")
    assert (unknown.status, me.status) == (200, 200)


async def test_client_credentials_are_the_owners(application, alice, fake):
    form = {"grant_type": "client_credentials", "scope": "identify"}
    tokens = (await application.post("token", form)).body
    me = await application.bearer(tokens["access_token"])("GET", "/users/@me")
    owner = (
        await Api(application.http, fake.api_url, {"Authorization": f"Bot {fake.token}"})(
            "GET", "/oauth2/applications/@me"
        )
    ).body["owner"]

    assert "refresh_token" not in tokens
    assert me.body["id"] == owner["id"]


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/users/@me", "identify"),
        ("/users/@me/guilds", "guilds"),
        ("/users/@me/guilds/{guild}/member", "guilds.members.read"),
        ("/users/@me/connections", "connections"),
    ],
)
async def test_each_route_wants_its_scope(application, alice, guild, path, scope):
    others = {"identify", "guilds", "guilds.members.read", "connections"} - {scope}
    path = path.format(guild=guild.id)
    allowed = await application.asks(path, alice, scope)
    refused = await application.asks(path, alice, " ".join(sorted(others)))

    assert allowed.status == 200
    assert (refused.status, refused.code) == (403, 50026)


async def test_her_email_comes_with_its_scope(application, alice):
    me = (await application.asks("/users/@me", alice, "identify email")).body

    assert (me["email"], me["verified"]) == ("alice@fakecord.invalid", True)


async def test_her_guilds_are_told_with_what_she_may_do_there(application, alice, bob, fake):
    elsewhere = fake.guild("Elsewhere")
    elsewhere.member("bob")
    hers = (await application.asks("/users/@me/guilds", alice, "guilds")).body
    his = (await application.asks("/users/@me/guilds", bob, "guilds")).body

    assert [(each["name"], each["owner"]) for each in hers] == [("Demo", True)]
    assert [each["name"] for each in his] == ["Demo", "Elsewhere"]
    assert not int(his[0]["permissions"]) & Permission.MANAGE_GUILD


async def test_a_guild_she_is_not_in_is_unknown(application, alice, fake):
    elsewhere = fake.guild("Elsewhere")
    path = "/users/@me/guilds/{}/member"
    away = await application.asks(path.format(elsewhere.id), alice, "guilds.members.read")
    home = await application.asks(path.format(fake.guild("Demo").id), alice, "guilds.members.read")

    assert (away.status, away.code) == (404, 10004)
    assert home.body["user"]["id"] == alice.id


async def test_the_authorization_tells_of_itself(application, alice, fake):
    fake.clock.freeze(1_800_000_000.0)
    told = (await application.asks("/oauth2/@me", alice, "identify guilds")).body
    without = (await application.asks("/oauth2/@me", alice, "guilds")).body

    assert told["application"]["id"] == fake.application_id
    assert sorted(told["scopes"]) == ["guilds", "identify"]
    assert told["expires"] == "2027-01-22T08:00:00.000000+00:00"
    assert told["user"]["id"] == alice.id
    assert "user" not in without


@pytest.mark.parametrize(
    ("path", "status"), [("/oauth2/@me", 401), ("/oauth2/applications/@me", 200)]
)
async def test_a_bot_has_an_application_and_no_authorization(api, alice, path, status):
    assert (await api("GET", path)).status == status


async def test_a_persons_token_is_no_bots(application, alice, guild):
    tokens = await application.tokens(alice)
    answer = await application.bearer(tokens["access_token"])("GET", f"/guilds/{guild.id}")

    assert answer.status == 401


async def test_tokens_and_addresses_survive_a_restart(application, alice, fake):
    tokens = await application.tokens(alice)
    code = sent(await alice.authorizes(application.link()))["code"]
    fake.restore(fake.export())

    assert (await application.bearer(tokens["access_token"])("GET", "/users/@me")).status == 200
    assert (await application.exchanges(code)).status == 200


async def test_a_link_that_is_none_is_not_followed(alice, fake):
    with pytest.raises(PeopleError, match="not an authorization page"):
        await alice.authorizes(fake.url + "/oauth2/token")
