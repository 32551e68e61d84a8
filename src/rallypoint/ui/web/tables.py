"""A list on a page: filters that stand in its address, rows, what may be done with several, and how to go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.feature import Sessions

from .languages import N_
from .page import Page
from .rights import LARGEST, number

T = TypeVar("T")
PAGE = 50
LONGEST = 200
MOST_TICKED = 100
NONE_TICKED = N_("Nothing was ticked.")


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


def number_of(text: str, what: str) -> int:
    """An id that was sent. Raise NotFound for what is none, as for a *what* that there is not."""
    unknown, facts = f"{what}_unknown", {what: text[:20]}
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(LARGEST)):
        raise NotFound(unknown, **facts)
    return number(text, unknown=unknown, **facts)


async def ticked(request: Request, what: str) -> list[int]:
    """The ids of the rows that an action is for."""
    async with request.form(max_files=0, max_fields=MOST_TICKED + 10) as form:
        return [number_of(str(each), what) for each in form.getlist("id")[:MOST_TICKED]]


Turn = Callable[[AsyncSession, int], Awaitable[object]]


async def turn(request: Request, sessions: Sessions, turn: Turn, *, what: str) -> list[int]:
    """With each of those that are ticked: with all of them, or with none. In order of their ids: two who do the same
    must not wait for each other."""
    named = await ticked(request, what)
    async with sessions.begin() as session:
        for each in sorted(named):
            await turn(session, each)
    return named


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


def query(page: Page, filters: Sequence[Filter]) -> str:
    """What the live part of this page of the list is asked for with, besides what it holds."""
    kept = _kept(filters)
    if (at := before(page)) is not None:
        kept["before"] = str(at)
    return f"&{urlencode(kept)}" if kept else ""


def _address(page: Page, filters: Sequence[Filter], **more: str) -> str:
    query = urlencode({**_kept(filters), **more})
    return f"{page.address}?{query}" if query else page.address


def _kept(filters: Sequence[Filter]) -> dict[str, str]:
    return {each.name: each.value for each in filters if each.value}
