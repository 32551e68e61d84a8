"""What has been committed is told to those in this process — and, on PostgreSQL, in others — who wait for it.

It is a hint that saves waiting, never the only way to learn of a row: hints may be spurious, and are lost with a
process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session

Listener = Callable[[datetime], None]

_LISTENERS = "rallypoint.listeners"
_ANNOUNCED = "rallypoint.announced"
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def listen(
    sessions: async_sessionmaker[AsyncSession], topic: str, listener: Listener
) -> Callable[[], None]:
    """Call *listener* after each commit, by a session of *sessions*, that announced *topic*. Returns how to stop it."""
    info = sessions.kw.get("info") or {}
    sessions.configure(info=info)
    listeners: list[Listener] = info.setdefault(_LISTENERS, {}).setdefault(topic, [])
    listeners.append(listener)
    return lambda: listeners.remove(listener)


def announce(session: AsyncSession, topic: str, moment: datetime) -> None:
    """When this transaction commits, tell the listeners of *topic*, once, the earliest *moment* announced in it."""
    inner = session.sync_session
    announced: dict[str, datetime] | None = inner.info.get(_ANNOUNCED)
    if announced is None:
        announced = inner.info[_ANNOUNCED] = {}
        event.listen(inner, "before_commit", _notify)
        event.listen(inner, "after_commit", _tell)
        event.listen(inner, "after_rollback", _forget)
    if topic not in announced or moment < announced[topic]:
        announced[topic] = moment


def tell(sessions: async_sessionmaker[AsyncSession], told: Mapping[str, datetime]) -> None:
    """Of a transaction of this process that is committed, and went another way than a session."""
    _call((sessions.kw.get("info") or {}).get(_LISTENERS, {}), told)


def _notify(session: Session) -> None:
    announced: dict[str, datetime] = session.info[_ANNOUNCED]
    if not announced or session.get_bind().dialect.name != "postgresql":
        return
    for topic, moment in announced.items():
        session.execute(_NOTIFY, {"channel": topic, "payload": moment.isoformat()})


def _tell(session: Session) -> None:
    announced: dict[str, datetime] = session.info[_ANNOUNCED]
    _call(session.info.get(_LISTENERS, {}), announced)
    # A savepoint's release comes by here too, and what it announced is not committed before the whole is.
    if not session.in_nested_transaction():
        announced.clear()


def _call(listeners: Mapping[str, Sequence[Listener]], told: Mapping[str, datetime]) -> None:
    for topic, moment in told.items():
        for listener in listeners.get(topic, ()):
            listener(moment)


def _forget(session: Session) -> None:
    session.info[_ANNOUNCED].clear()
