"""How tokens are shown, to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rallypoint.features.accounts.api import Made, Token


def made(what: Made) -> None:
    print(what.text)
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"Keep it now: it is not shown again. It is good until {what.token.expires_at:%Y-%m-%d %H:%M} UTC."
    )


def made_as_json(what: Made) -> None:
    print(json.dumps({"token": what.text, **_as_json(what.token)}))


def listing(tokens: Sequence[Token], now: datetime) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("id", "user", "name", "may", "good until (UTC)", "last used (UTC)"):
        table.add_column(column, no_wrap=column == "id")
    for each in tokens:
        until = _moment(each.expires_at)
        good = "revoked" if each.revoked_at else until if now < each.expires_at else "expired"
        used = _moment(each.last_used_at)
        table.add_row(each.id, str(each.user_id), escape(each.name), each.scopes, good, used)
    Console(highlight=False).print(table)


def listing_as_json(tokens: Sequence[Token], now: datetime) -> None:
    print(json.dumps([_as_json(each) for each in tokens]))


def _as_json(token: Token) -> dict[str, Any]:
    names = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return {
        "id": token.id,
        "user_id": str(token.user_id),
        "name": token.name,
        "scopes": token.scopes.split(),
        **{name: _said(getattr(token, name)) for name in names},
    }


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
