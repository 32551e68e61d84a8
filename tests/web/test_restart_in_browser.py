"""A page that is open while the program is stopped and started again."""

from __future__ import annotations

import socket

import pytest
from playwright.async_api import Page, expect

from tests.journeys.conftest import Program
from tests.web.test_in_browser import chromium, visit, watched

__all__ = ["chromium", "visit", "watched"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

WITHIN = 15
"""Seconds of the page's clock after the server is back."""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def dashboard(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.fixture
async def program(fake, guild, alice, database_url, tmp_path, port):
    program = Program(fake, database_url, tmp_path)
    program.settings["RALLYPOINT_PORT"] = str(port)
    await program.start()
    yield program
    await program.end()


AWAY = (
    "net::ERR_",
    "Failed to fetch",
    "network error",
    "signal is aborted",
    "status 503",
    "status of 503",
)
"""What a browser says, and htmx, of a server that is away, does not answer within a minute of the page's clock, or has
just begun and knows nobody's rights."""


class Watching:
    """Voice now, open all the time, by a clock of its own."""

    def __init__(self, page: Page, program: Program) -> None:
        self.page = page
        self._program = program
        self._failed = 0
        page.on("requestfailed", self._note)

    def _note(self, _: object) -> None:
        self._failed += 1

    async def is_away_for(self, tries: int) -> None:
        """As many as it takes to try as seldom as it ever does."""
        for _ in range(tries):
            before = self._failed
            await self.page.clock.run_for(60_000)
            await self._program.until(lambda before=before: self._failed > before)


@pytest.mark.parametrize("tries", [4, pytest.param(20, marks=pytest.mark.chaos)])
async def test_a_page_is_live_again_soon_after_a_restart(
    program, guild, alice, charlie, visit, watched, dashboard, tries
):
    page = await visit(alice)
    await page.clock.install()
    watching = Watching(page, program)
    await page.goto(f"{dashboard}/servers/{guild.id}/voice")
    seats = page.get_by_role("list", name="In Lobby")
    lost = page.get_by_text("not live")
    await charlie.joins("Lobby")
    await expect(seats).to_contain_text("charlie")
    await expect(lost).to_be_hidden()

    for end in (program.stop, program.kill):
        await end()
        await expect(lost).to_be_visible()
        await watching.is_away_for(tries)
        await charlie.leaves()
        await program.start()
        await page.clock.run_for(WITHIN * 1000)

        await expect(lost).to_be_hidden()
        await expect(seats).to_have_count(0)
        await charlie.joins("Lobby")
        await expect(seats).to_contain_text("charlie")
    watched.wrong = [words for words in watched.wrong if not any(away in words for away in AWAY)]
