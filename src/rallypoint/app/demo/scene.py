"""The demo's people and places: made once, by the local Discord's control door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

from rallypoint.app import catalogue
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.people import Permission

GUILD = "Rallypoint demo"
ELSEWHERE = "Somewhere else"
BOT = "bot"
"""The name of the bot's own role there."""
MODERATOR = (
    Permission.MANAGE_CHANNELS
    | Permission.MANAGE_GUILD
    | Permission.MANAGE_ROLES
    | Permission.MOVE_MEMBERS
    | Permission.VIEW_AUDIT_LOG
)


@dataclass(frozen=True, slots=True)
class Furnished:
    guild_id: str
    members: Mapping[str, str]
    """Name → id; mallory is only in the other guild."""
    channels: Mapping[str, str]
    """Name → id."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a person or a program needs to play."""

    dashboard: str
    discord: str
    control: str
    furnished: Furnished
    token: str
    """Alice's, for the REST interface."""

    def as_json(self) -> dict[str, Any]:
        return {
            "dashboard": self.dashboard,
            "discord": self.discord,
            "control": self.control,
            "token": self.token,
            **asdict(self.furnished),
        }


async def furnish(control: str) -> Furnished:
    """Make what is not there yet; a world that was furnished before is left as people have left it."""
    async with aiohttp.ClientSession() as client:
        door = _Door(client, control)
        elsewhere = await door.find_guild(ELSEWHERE)
        if elsewhere is None:
            await _furnish_demo(door)
            mallory = {"name": "mallory", "owner": True}
            # Made last: where it is, all else is.
            elsewhere = await door.ask("POST", "/guilds", {"name": ELSEWHERE, "members": [mallory]})
        demo = await door.find_guild(GUILD)
    if demo is None:
        raise CannotStart(
            f"there is no guild {GUILD!r} in this demo's world; choose another folder with --data"
        )
    members = {**elsewhere["members"], **demo["members"]}
    members.pop(BOT, None)
    return Furnished(demo["id"], members, demo["channels"])


async def client_secret(control: str) -> str:
    """What the local Discord's application logs people in with."""
    async with aiohttp.ClientSession() as client:
        told: str = (await _Door(client, control).ask("GET", "/application"))["client_secret"]
        return told


async def lead_back(control: str, dashboard: str) -> None:
    """Have the local Discord send people back to that dashboard."""
    async with aiohttp.ClientSession() as client:
        places = {"redirect_uris": [f"{dashboard}/login/callback"]}
        await _Door(client, control).ask("PATCH", "/application", places)


async def _furnish_demo(door: _Door) -> None:
    place = f"/guilds/{GUILD}"
    # The bot has what its invite link asks for, and no more.
    least = {"permissions": catalogue.permissions().value}
    await door.ask("PATCH", f"{place}/roles/{BOT}", least)
    moderator = {"name": "moderator", "permissions": MODERATOR.value}
    await door.ask("POST", f"{place}/roles", moderator)
    for member in (
        {"name": "alice", "owner": True},
        {"name": "bob", "roles": ["moderator"]},
        {"name": "charlie"},
        {"name": "dana"},
    ):
        await door.ask("POST", f"{place}/members", member)


class _Door:
    def __init__(self, client: aiohttp.ClientSession, address: str) -> None:
        self._client = client
        self._address = address

    async def find_guild(self, name: str) -> Any:
        async with self._client.get(f"{self._address}/guilds/{name}") as response:
            return None if response.status == 404 else await _read(response)

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        async with self._client.request(method, f"{self._address}{path}", json=body) as response:
            return await _read(response)


async def _read(response: aiohttp.ClientResponse) -> Any:
    answer = await response.json()
    if response.status >= 400:
        raise CannotStart(f"the local Discord refuses the demo: {answer['error']['message']}")
    return answer
