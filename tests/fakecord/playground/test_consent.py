"""The consent page in a browser that runs no script, of an application at an address of its own."""

from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def home_page():
    """Where people are sent: a page that shows what it was told."""

    async def show(request):
        return web.Response(text=request.query_string)

    app = web.Application()
    app.router.add_get("/back", show)
    app.router.add_get("/favicon.ico", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/back"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, fake, home, home_page):
    """Opened by a link of the application; every request and complaint of it is kept."""
    fake.allow_redirects(home_page)
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 640}
    )
    page = await context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda told: page.wrong.append(told.text))
    query = f"client_id={fake.application_id}&response_type=code&scope=identify+guilds&state=x"
    await page.goto(f"{fake.url}/oauth2/authorize?{query}")
    yield page
    await context.close()
    assert page.wrong == []
    ours = (fake.url, home_page.removesuffix("back"))
    assert [url for url in page.asked if not url.startswith(ours)] == []


async def test_somebody_says_yes_and_is_sent_home(fake, home, page, home_page):
    await page.get_by_label("You are").select_option("bob")
    await page.get_by_role("button", name="Authorize").click()
    await page.wait_for_url(f"{home_page}?code=*&state=x")

    codes = fake.core.world.codes.values()
    assert [code.user_id for code in codes] == [home.member("bob").id]


async def test_somebody_says_no_and_is_sent_home(fake, page, home_page):
    await page.get_by_role("button", name="Cancel").click()
    await page.wait_for_url(f"{home_page}?error=access_denied*")

    assert not fake.core.world.codes


async def test_it_fits_a_small_screen_and_everything_has_its_name(page):
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "bot wants to access your account"
    )
    await expect(page.get_by_role("listitem")).to_have_count(2)
    boxes = [await each.bounding_box() for each in await page.get_by_role("button").all()]

    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)
    assert await page.get_by_role("button", name="Authorize").is_visible()


async def test_in_a_frame_elsewhere_it_is_not_shown(fake, page):
    answer = await page.request.get(page.url)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
