"""A list on a page: filters that stand in its address, rows, what may be done with several, and how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from .page import Page

T = TypeVar("T")
PAGE = 50
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    """Marked with `N_`; empty: of buttons."""
    look: str = ""
    """A class of the column's cells: `number`, `actions`."""


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    title: str
    choices: Sequence[tuple[str, str]] = ()
    """Value and words; none: any text."""
    value: str = ""

    def read(self, page: Page) -> Filter:
        """As the address has it; a choice that there is not is none."""
        given = page.request.query_params.get(self.name, "").strip()[:LONGEST]
        if "\0" in given or (self.choices and given not in dict(self.choices)):
            given = ""
        return Filter(self.name, self.title, self.choices, given)


@dataclass(frozen=True, slots=True)
class Action:
    """On those rows that are ticked."""

    path: str
    words: str
    look: str = "plain"
    confirm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[T]):
    """Rendered by `{% call(row) table(…) %}<td>…</td>{% endcall %}` of `table.html`; a box sends its row's `id`."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[T]
    filters: Sequence[Filter] = ()
    actions: Sequence[Action] = ()
    older: str = ""
    """The address of the next page; empty: this is the last."""
    newest: str = ""
    """Of the first; empty: this is it."""
    empty: str = ""
    """What is said where there is nothing, and what to do."""
    hint: str = ""

    @property
    def is_filtered(self) -> bool:
        return any(each.value for each in self.filters)


def values(filters: Sequence[Filter]) -> Mapping[str, str]:
    return {each.name: each.value for each in filters}


def before(page: Page) -> int | None:
    """Where this page of the list begins."""
    given = page.request.query_params.get("before", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def older(page: Page, filters: Sequence[Filter], last_id: int | None) -> str:
    """The address of the next page. *last_id*: of the last row that is shown, if more follow."""
    return "" if last_id is None else _address(page, filters, before=str(last_id))


def newest(page: Page, filters: Sequence[Filter]) -> str:
    return "" if before(page) is None else _address(page, filters)


def _address(page: Page, filters: Sequence[Filter], **more: str) -> str:
    kept = {each.name: each.value for each in filters if each.value}
    path, query = page.request.url.path, urlencode({**kept, **more})
    return f"{path}?{query}" if query else path
