"""Made-up events, to see whether a destination works. Pure."""

from __future__ import annotations

import types
from dataclasses import fields
from datetime import datetime
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from rallypoint.kernel.events import Event
from rallypoint.kernel.ids import GuildId

ID = 80351110224678912
"""The example of Discord's documentation."""


def data(event: type[Event], *, guild_id: GuildId, now: datetime) -> dict[str, Any]:
    """In its JSON shape."""
    hints = get_type_hints(event)
    made = {each.name: _made(each.name, hints[each.name], now) for each in fields(event)}  # type: ignore[arg-type]
    return made | ({"guild_id": guild_id} if "guild_id" in made else {})


def _made(name: str, hint: Any, now: datetime) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if type(None) in args else _made(name, args[0], now)
    if isinstance(hint, NewType):
        return ID if name.endswith("_id") else 1
    if origin in (tuple, list, frozenset):
        return [_made(name, args[0], now)]
    if hint is datetime:
        return now.isoformat()
    plain: dict[Any, Any] = {bool: False, int: ID if name.endswith("_id") else 1, float: 1.0}
    return plain.get(hint, name)
