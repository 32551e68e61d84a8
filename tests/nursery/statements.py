"""Half of a short life is SQLAlchemy making text of statements, which it keeps by engine and by dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

MOST = 4000


def share_compiled() -> None:
    """From now on all engines of this process, and of its forks, that speak by one driver keep them together."""
    shared: Any = LRUCache(MOST)

    @event.listens_for(Engine, "engine_connect")
    def _(connection: Connection) -> None:
        connection.engine._compiled_cache = shared

    _put(DefaultDialect, "__hash__", lambda dialect: hash(dialect.driver))
    _put(
        DefaultDialect,
        "__eq__",
        lambda dialect, other: dialect.driver == getattr(other, "driver", None),
    )


def _put(owner: Any, name: str, value: Any) -> None:
    """What no type allows."""
    setattr(owner, name, value)
