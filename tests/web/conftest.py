"""The whole program on fakecord, and people at its dashboard: by a client that behaves as their browser does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from fakecord import Fakecord, Member
from rallypoint.features.accounts import api as accounts
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.ids import UserId
from tests.rest.conftest import (
    bob,
    elsewhere,
    http,
    mallory,
    olga,
    oscar,
    plant_destination,
    plant_subscription,
    vera,
)

__all__ = [
    "bob",
    "elsewhere",
    "http",
    "mallory",
    "olga",
    "oscar",
    "plant_destination",
    "plant_subscription",
    "vera",
]

PAGE = {"accept": "text/html,application/xhtml+xml", "sec-fetch-site": "same-origin"}
BY_LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
COOKIE = "__Host-rallypoint"


class Browser:
    """Of one person. It keeps cookies as browsers do, also those that want TLS: this machine is as good."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.cookies: dict[str, str] = {}

    async def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = PAGE | more.pop("headers", {})
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={each}" for name, each in self.cookies.items())
        given = {name: each for name, each in headers.items() if each is not None}
        answer = await self.http.request(method, path, headers=given, **more)
        self._keep(answer)
        return answer

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self("GET", path, **more)

    async def send(self, path: str, **fields: Any) -> httpx.Response:
        return await self("POST", path, data=fields)

    async def status(self, method: str, path: str, **more: Any) -> int:
        """Of a stream: without waiting for its end."""
        if not path.endswith("/live"):
            return (await self(method, path, **more)).status_code
        cookie = "; ".join(f"{name}={each}" for name, each in self.cookies.items())
        headers = PAGE | {"accept": "text/html, text/event-stream", "cookie": cookie}
        async with self.http.stream(method, path, headers=headers) as answer:
            return answer.status_code

    async def goes_to_discord(self, next: str | None = None) -> str:
        """The address of the consent page."""
        query = {} if next is None else {"next": next}
        answer = await self.get("/login/discord", params=query)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def logs_in(self, member: Member, next: str | None = None) -> httpx.Response:
        back = await member.authorizes(await self.goes_to_discord(next))
        return await self.comes_back(back)

    async def comes_back(self, address: str) -> httpx.Response:
        split = urlsplit(address)
        return await self.get(
            f"{split.path}?{split.query}",
            headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        )

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


@pytest.fixture
def house_rules(fake: Fakecord) -> dict[str, Any]:
    return {"client_secret": fake.client_secret}


@pytest.fixture
def callback(fake: Fakecord, dashboard: str) -> str:
    """Registered at Discord, as an operator does once."""
    address = f"{dashboard}/login/callback"
    fake.allow_redirects(address)
    return address


@pytest.fixture
def browser(http: httpx.AsyncClient, callback: str) -> Callable[[], Browser]:
    """`browser()`: a fresh one."""
    return lambda: Browser(http)


@pytest.fixture
def in_(sessions, http) -> Callable[..., Awaitable[Browser]]:
    """`await in_(alice)`: her browser, logged in a while ago."""

    async def log_in(member: Member, *, ago: timedelta = timedelta(0)) -> Browser:
        browser = Browser(http)
        async with sessions.begin() as session:
            begun = await accounts.begin(
                session,
                user_id=UserId(int(member.id)),
                user_name=member.name,
                user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
                now=SystemClock().now() - ago,
            )
        browser.cookies[COOKIE] = begun.text
        return browser

    return log_in
