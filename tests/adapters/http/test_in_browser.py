"""The first page in a real browser: what its policy allows, what stays live, and how it fits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from rallypoint.adapters.http.application import create_app
from rallypoint.adapters.http.server import WebServer, listen
from rallypoint.adapters.http.site import Overview, PartState, Site

pytestmark = pytest.mark.browser

CHROMIUM = "RALLYPOINT_TEST_CHROMIUM"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get(CHROMIUM, "/usr/bin/chromium"), args=SWITCHES
        )
        yield browser
        await browser.close()


@pytest.fixture
async def server(known, stopped) -> AsyncIterator[WebServer]:
    site = Site(
        clock=stopped,
        parts=known.parts,
        overview=known.overview,
        playground="http://127.0.0.1:8200",
    )
    listener = listen("127.0.0.1", 0)
    server = WebServer(create_app(site), listener)
    serving = asyncio.create_task(server.run_until_stopped())
    yield server
    server.stop()
    await serving


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console says."""
    return []


@pytest.fixture
async def page(browser: Browser, server, complaints) -> Page:
    page = await browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(server.url)
    return page


async def test_what_changes_is_seen_without_a_reload(page, known, complaints):
    known.shown = Overview({"rooms open": 4})
    known.states = [PartState("gateway", False, "not connected")]

    await expect(page.locator(".figures")).to_contain_text("4 rooms open")
    await expect(page.locator("#state")).to_contain_text("1 not ready")
    await expect(page.locator("table")).to_contain_text("Nothing is planned.")
    assert complaints == []


async def test_a_page_that_lost_its_server_says_so(page, server):
    await expect(page.get_by_text("not live")).to_be_hidden()

    server.stop()

    await expect(page.get_by_text("not live")).to_be_visible(timeout=10_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone_nothing_is_cut_off_in_either_scheme(browser, server, known, scheme):
    known.states = [PartState("migrations", False, "x" * 200)]
    page = await browser.new_page(viewport=PHONE, color_scheme=scheme)
    await page.goto(server.url)

    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert await page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(245, 246, 250)" if scheme == "light" else "rgb(20, 21, 28)"
    )
