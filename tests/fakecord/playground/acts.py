"""What a visitor does on the page, and where they look."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect


def chat(page: Page) -> Locator:
    return page.get_by_role("log")


def seats(page: Page, channel: str) -> Locator:
    return page.get_by_role("list", name=f"In {channel}")


def composer(page: Page) -> Locator:
    return page.get_by_label("Message, or / for")


async def open_command(page: Page, command: str) -> None:
    await composer(page).fill(command)
    await page.keyboard.press("Enter")


async def run(page: Page, command: str) -> None:
    """One without options, by keyboard."""
    await open_command(page, command)
    await page.get_by_role("button", name="Run").press("Enter")


async def be(page: Page, member: str) -> None:
    await page.get_by_label("You are").select_option(label=member)
    await expect(page.locator("#reader")).to_have_text(f"as {member} reads it")


async def look_at(page: Page, view: str) -> Locator:
    """Open a view of the panel: People, Bot, Faults, Rights, Requests."""
    await page.get_by_role("tab", name=view).click()
    return page.get_by_role("tabpanel", name=view)


async def inject(page: Page, fault: str, **fields: str) -> Locator:
    """Open the fault of that title, fill its fields in by their labels, and let it happen."""
    form = page.get_by_role("form", name=fault, exact=True)
    if not await form.is_visible():
        await page.locator("summary").get_by_text(fault, exact=True).click()
    for label, value in fields.items():
        control = form.get_by_label(label.replace("_", " "))
        if await control.evaluate("each => each.tagName") == "SELECT":
            await control.select_option(value)
        else:
            await control.fill(value)
    await form.get_by_role("button", name="Let it happen").click()
    return form
