"""Takes the pictures of docs/images anew, of what `make demo` shows once people have been at it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
DEMO = ("-m", "rallypoint", "demo", "--port", "0", "--discord-port", "0", "--json")
WIDE, WHOLE, LOW = (
    ViewportSize(width=width, height=height)
    for width, height in ((1280, 800), (1200, 760), (1200, 600))
)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PATIENCE, LOOK = 20.0, 0.1
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Demo:
    scene: dict[str, Any]
    http: httpx.Client

    @property
    def pages(self) -> str:
        return f"{self.scene['dashboard']}/servers/{self.scene['guild_id']}"

    def control(self, place: str, **body: object) -> Any:
        return self._told(self.http.post(f"{self.scene['control']}{place}", json=body))

    def acts(self, member: str, act: str, **body: object) -> Any:
        return self.control(f"/members/{member}/{act}", guild_id=self.scene["guild_id"], **body)

    def looks(self, browser: Browser, size: ViewportSize) -> Page:
        """A page whose clock stands at the demo's."""
        context = browser.new_context(viewport=size, locale="en", timezone_id="Europe/Berlin")
        now = self._told(self.http.get(f"{self.scene['control']}/clock"))["now"]
        context.clock.set_fixed_time(datetime.fromtimestamp(now, UTC))
        return context.new_page()

    def rest(self, method: str, path: str, **body: object) -> Any:
        address = f"{self.scene['dashboard']}/api/v1/guilds/{self.scene['guild_id']}{path}"
        token = {"Authorization": f"Bearer {self.scene['token']}"}
        return self._told(self.http.request(method, address, json=body or None, headers=token))

    def _told(self, answer: httpx.Response) -> Any:
        answer.raise_for_status()
        return answer.json() if answer.content else None


def until(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > give_up_at:
            raise TimeoutError("what the picture is of does not come about")
        time.sleep(LOOK)


@contextmanager
def demo() -> Iterator[Demo]:
    program = subprocess.Popen([sys.executable, *DEMO], stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own
    try:
        assert program.stdout is not None
        with httpx.Client() as http:
            yield Demo(json.loads(program.stdout.readline()), http)
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait()


def in_voice(demo: Demo) -> None:
    """Two in a room of theirs, one in the lobby and one in the tavern, for different times."""
    demo.acts("alice", "create-channel", name="Tavern", type="voice")
    demo.acts("bob", "join", channel="Lobby")
    demo.acts("dana", "join", channel="Tavern")
    demo.control("/clock", advance=25 * 60)
    demo.acts("charlie", "run", command="/room public name:Chess club")
    demo.acts("charlie", "join", channel="Chess club")
    demo.control("/clock", advance=4 * 60)
    demo.acts("dana", "move", channel="Chess club")
    demo.control("/clock", advance=95)


def sent(demo: Demo) -> None:
    """What was delivered, what waits for a destination that is paused, and what was given up on."""
    to = {}
    for channel, name in (
        ("arrivals", "Arrivals"),
        ("old-news", "Old news"),
        ("statistics", "Season statistics"),
    ):
        made = demo.acts("alice", "create-channel", name=channel, type="text")
        config = {"channel_id": made["id"]}
        to[name] = demo.rest("POST", "/destinations", name=name, kind="discord", config=config)[
            "id"
        ]
    for name, kinds in (
        ("Arrivals", ["presence.*"]),
        ("Old news", ["presence.left"]),
        ("Season statistics", ["rooms.*"]),
    ):
        demo.rest("POST", "/subscriptions", destination_id=to[name], kinds=kinds)
    demo.acts("alice", "delete-channel", channel="old-news")
    demo.rest("PATCH", f"/destinations/{to['Season statistics']}", is_active=False)
    in_voice(demo)
    demo.acts("bob", "leave")

    def settled() -> bool:
        log = {
            name: demo.rest("GET", f"/destinations/{each}/deliveries") for name, each in to.items()
        }
        states = {name: {one["state"] for one in each["items"]} for name, each in log.items()}
        wanted = {"Arrivals": {"delivered"}, "Old news": {"dead"}, "Season statistics": {"pending"}}
        return states == wanted and len(log["Arrivals"]["items"]) >= 8

    until(settled)


def logged_in(browser: Browser, demo: Demo, member: str, size: ViewportSize) -> Page:
    page = demo.looks(browser, size)
    page.goto(f"{demo.scene['dashboard']}/login/discord")
    page.get_by_label("You are").select_option(member)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{demo.scene['dashboard']}/**")
    return page


def deliveries(browser: Browser, demo: Demo) -> Page:
    sent(demo)
    page = logged_in(browser, demo, "alice", WHOLE)
    page.goto(f"{demo.pages}/deliveries")
    return page


def voice(browser: Browser, demo: Demo) -> Page:
    in_voice(demo)
    page = logged_in(browser, demo, "alice", LOW)
    page.goto(f"{demo.pages}/voice")
    return page


def playground(browser: Browser, demo: Demo) -> Page:
    demo.acts("charlie", "type", text="Anybody up for a game tonight?", channel="general")
    demo.acts("dana", "type", text="Yes! Somebody open a room?", channel="general")
    demo.acts("bob", "join", channel="Lobby")
    fault = {"method": "DELETE", "path": "/channels/{channel_id}", "status": 500, "after": True}
    demo.control("/faults", **fault)
    page = demo.looks(browser, WIDE)
    page.goto(f"{demo.scene['discord']}/#member=alice")
    expect(page.locator("#live")).to_have_text("live")
    demo.acts("alice", "run", command="/room public name:Chess club", channel="general")
    demo.acts("dana", "join", channel="Chess club")
    page.get_by_role("tab", name="Faults").click()
    page.get_by_label("Message, or / for").press_sequentially("/")
    expect(page.get_by_role("list", name="In Chess club")).to_contain_text("dana")
    return page


PICTURES = {"voice-now": voice, "deliveries": deliveries, "playground": playground}


def main() -> None:
    path = os.environ.get("RALLYPOINT_TEST_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        for name, of in PICTURES.items():
            file = IMAGES / f"{name}.png"
            with demo() as playing:
                page = of(browser, playing)
                page.screenshot(path=file, animations="disabled", caret="hide")
                page.context.close()
            print(f"{file.name}: {file.stat().st_size // 1000} kB")
        browser.close()


if __name__ == "__main__":
    main()
