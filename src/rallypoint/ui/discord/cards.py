"""Cards as Discord's components: cut where Discord would refuse, a page at a time where there is more to say.

https://docs.discord.com/developers/components/reference: 40 components and 4,000 characters of text a message, five
buttons a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, assert_never

import discord
from discord import ui

from rallypoint.kernel.cards import Button, Card, ControlId, Form, Link, Of, Row, Select

MOST_TEXT = 4000
MOST_LINES = 12
"""On a page."""
LONGEST_LABEL = 80
LONGEST_HINT = 100
LONGEST_TITLE = 45
"""Of a form, as of its labels."""
MOST_BUTTONS = 5
MOST_ROWS = 8
MOST_FIELDS = 5


def view_of(card: Card) -> ui.LayoutView:
    """Good for one message. discord.py does not remember it: who uses its controls is answered by their ids."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[Any] = ui.Container(accent_colour=card.accent)
    box.add_item(ui.TextDisplay(_text(card)))
    for row in card.rows[:MOST_ROWS]:
        box.add_item(_row(row))
    view.add_item(box)
    view.stop()
    return view


def _text(card: Card) -> str:
    title = [cut(f"### {card.title}", 256)] if card.title else []
    return cut("\n".join((*title, *card.lines)), MOST_TEXT)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _row(row: Row) -> ui.ActionRow[Any]:
    if isinstance(row, Select):
        return ui.ActionRow(_select(row))
    return ui.ActionRow(*[_button(each) for each in row[:MOST_BUTTONS]])


def _button(button: Button | Link) -> ui.Button[Any]:
    if isinstance(button, Link):
        return ui.Button(label=cut(button.label, LONGEST_LABEL), url=button.url)
    return ui.Button(
        label=cut(button.label, LONGEST_LABEL),
        style=discord.ButtonStyle[button.look.value],
        emoji=button.emoji or None,
        disabled=button.disabled,
        custom_id=str(button.id),
    )


def _select(select: Select) -> ui.Item[Any]:
    given: dict[str, Any] = {
        "custom_id": str(select.id),
        "placeholder": cut(select.hint, LONGEST_HINT),
        "min_values": select.least,
        "max_values": select.most,
    }
    match select.of:
        case Of.MEMBERS:
            return ui.UserSelect(**given)
        case Of.ROLES:
            return ui.RoleSelect(**given)
        case _:
            assert_never(select.of)


def paged(card: Card, page: int, turn: ControlId) -> Card:
    """That page (from 0) of *card*, with the buttons that turn it: *turn* with the page's number for its subject, after
    the subject it has, if any, and a blank."""
    pages = _pages(card.lines, MOST_TEXT - len(card.title) - 10)
    page = min(max(page, 0), len(pages) - 1)
    shown = replace(card, lines=tuple(pages[page]))
    if len(pages) == 1:
        return shown

    def button(label: str, to: int) -> Button:
        subject = f"{turn.subject} {to}".strip()
        there = 0 <= to < len(pages)
        return Button(id=replace(turn, subject=subject), label=label, disabled=not there)

    row = (button("Back", page - 1), button("Next", page + 1))
    return replace(shown, title=f"{card.title} ({page + 1}/{len(pages)})", rows=(*card.rows, row))


def _pages(lines: Sequence[str], most: int) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    for line in lines:
        size = sum(len(each) + 1 for each in pages[-1])
        if pages[-1] and (len(pages[-1]) >= MOST_LINES or size + len(line) > most):
            pages.append([])
        pages[-1].append(cut(line, most))
    return pages


def modal_of(form: Form) -> ui.Modal:
    """As `view_of`: not remembered."""
    modal = ui.Modal(title=cut(form.title, LONGEST_TITLE), custom_id=str(form.id), timeout=None)
    for field in form.fields[:MOST_FIELDS]:
        line: ui.TextInput[Any] = ui.TextInput(
            custom_id=field.name,
            placeholder=cut(field.hint, LONGEST_HINT) or None,
            default=cut(field.value, field.longest) or None,
            max_length=field.longest,
            required=field.required,
        )
        modal.add_item(ui.Label(text=cut(field.label, LONGEST_TITLE), component=line))
    modal.stop()
    return modal
