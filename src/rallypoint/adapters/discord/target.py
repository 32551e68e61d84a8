"""Where Discord is: the real one, or a stand-in on this machine or behind https."""

from __future__ import annotations

from ipaddress import ip_address

import discord
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from rallypoint.kernel.errors import CannotStart

REST, GATEWAY, CDN = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE
"""The real Discord, as discord.py knows it."""


def point_at(address: str | None) -> None:
    """Send all that discord.py does from now on in this process there; None: to Discord itself.

    discord.py has no option for another host, but reads these three class attributes whenever it
    builds a route (also of its webhook adapter), opens a gateway or names a picture.
    """
    if not address:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = REST, GATEWAY, CDN
        return
    origin = check_address(address)
    version = discord.http.INTERNAL_API_VERSION
    Route.BASE = str(origin / "api" / f"v{version}")
    DiscordWebSocket.DEFAULT_GATEWAY = origin.with_scheme(
        "wss" if origin.scheme == "https" else "ws"
    )
    Asset.BASE = str(origin).rstrip("/")


def check_address(address: str) -> URL:
    """Its origin. Raises CannotStart if the token would cross a network in clear text."""
    try:
        url = URL(address)
        origin = url.origin()
    except ValueError:
        raise CannotStart(f"RALLYPOINT_DISCORD_URL is {address!r}; {_WANTED}") from None
    if url.scheme not in ("http", "https") or url.path not in ("", "/") or url.query_string:
        raise CannotStart(f"RALLYPOINT_DISCORD_URL is {address!r}; {_WANTED}")
    if origin.scheme == "http" and not _is_this_machine(origin.host or ""):
        raise CannotStart(
            f"RALLYPOINT_DISCORD_URL is {address!r}, which would send the bot token over the network "
            "in clear text; use https, or an address on this machine such as http://127.0.0.1:8200"
        )
    return origin


_WANTED = (
    "give scheme, host and port only, such as http://127.0.0.1:8200, or leave it out for "
    "Discord itself"
)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
