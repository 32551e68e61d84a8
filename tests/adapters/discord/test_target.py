from __future__ import annotations

import pytest
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from rallypoint.adapters.discord import target
from rallypoint.kernel.errors import CannotStart


@pytest.fixture(autouse=True)
def _real_discord_again():
    yield
    target.point_at(None)


def test_without_an_address_it_is_discord_itself():
    target.point_at("http://127.0.0.1:8200")
    target.point_at(None)

    assert Route("GET", "/users/@me").url == "https://discord.com/api/v10/users/@me"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "wss://gateway.discord.gg/"
    assert Asset.BASE == "https://cdn.discordapp.com"


@pytest.mark.parametrize(
    ("address", "rest", "gateway", "cdn"),
    [
        pytest.param(
            "http://127.0.0.1:8200",
            "http://127.0.0.1:8200/api/v10",
            "ws://127.0.0.1:8200",
            "http://127.0.0.1:8200",
            id="v4",
        ),
        pytest.param(
            "http://[::1]:8200/",
            "http://[::1]:8200/api/v10",
            "ws://[::1]:8200",
            "http://[::1]:8200",
            id="v6",
        ),
        pytest.param(
            "https://discord.example",
            "https://discord.example/api/v10",
            "wss://discord.example",
            "https://discord.example",
            id="https elsewhere",
        ),
    ],
)
def test_everything_goes_to_the_address(address, rest, gateway, cdn):
    target.point_at(address)

    assert Route("GET", "/users/@me").url == f"{rest}/users/@me"
    assert str(DiscordWebSocket.DEFAULT_GATEWAY).rstrip("/") == gateway
    assert cdn == Asset.BASE


@pytest.mark.parametrize(
    "address",
    [
        "http://discord.example",
        "http://10.0.0.7:8200",
        "http://0.0.0.0:8200",
        "http://127.0.0.1.example:8200",
        "http://localhost.example:8200",
    ],
)
def test_the_token_never_crosses_a_network_in_clear_text(address):
    with pytest.raises(CannotStart, match="clear text"):
        target.point_at(address)

    assert Route.BASE == "https://discord.com/api/v10"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8200",
        "localhost",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:8200/api",
        "http://127.0.0.1:8200?x=1",
        "http://127.0.0.1:99999",
        "//127.0.0.1",
    ],
)
def test_an_address_that_is_none_says_what_one_looks_like(address):
    with pytest.raises(CannotStart, match=r"such as http://127\.0\.0\.1:8200"):
        target.point_at(address)
