"""A browser, a page in it for each visitor, and a small bot: what the playground's tests are played on.

One browser serves a file of tests, so everything here lives in the event loop of the file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio
import yarl
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from fakecord import Fakecord, GuildHandle, Permission
from tests.fakecord.playground.bot import Bot

CHROMIUM = os.environ.get("RALLYPOINT_TEST_CHROMIUM", "/usr/bin/chromium")
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visitors:
    """`await visit("alice")`: the page as she sees it. What it asks for and what goes wrong is kept."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []

    async def __call__(self, member: str, *, width: int = 1280, height: int = 800) -> Page:
        context = await self._browser.new_context(viewport={"width": width, "height": height})
        self._contexts.append(context)
        page = await context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda told: self._note(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("dialog", lambda dialog: self._note(dialog.message))
        await page.goto(f"{self._url}/#member={member}")
        await expect(page.locator("#live")).to_have_text("live")
        await expect(page.locator("#reader")).to_have_text(f"as {member} reads it")
        return page

    def _note(self, words: str) -> None:
        self.wrong.append(words)

    async def leave(self) -> None:
        for context in self._contexts:
            await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def fake() -> AsyncIterator[Fakecord]:
    async with Fakecord() as fake:
        yield fake


@pytest.fixture
def home(fake: Fakecord) -> GuildHandle:
    """Alice owns it; Bob is a member."""
    home = fake.guild("Home", bot_permissions=Permission.ADMINISTRATOR)
    home.member("alice", owner=True)
    home.member("bob")
    return home


@pytest_asyncio.fixture(loop_scope="module")
async def bot(fake: Fakecord, home: GuildHandle, monkeypatch) -> AsyncIterator[Bot]:
    gateway = yarl.URL(fake.gateway_url + "/")
    monkeypatch.setattr(discord.http.Route, "BASE", fake.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    bot = Bot()
    running = asyncio.create_task(bot.start(fake.token))
    async with asyncio.timeout(10):
        await bot.ready.wait()
    yield bot
    await bot.close()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, fake: Fakecord, home: GuildHandle) -> AsyncIterator[Visitors]:
    """Every test here also promises that nothing leaves this machine, and that no script fails."""
    visitors = Visitors(browser, fake.url)
    yield visitors
    await visitors.leave()
    assert [url for url in visitors.asked if not url.startswith(fake.url + "/")] == []
    assert visitors.wrong == []
