"""What a channel was, what the ledger has found since, and what is called out of it. Pure.

A change is what came to be known at once: a voice state is one by itself; all that a snapshot shows, after a time of
not looking, is one together. So who swaps places with somebody while we do not look leaves no empty channel behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from .callouts import Callout, Person, Type

TOO_OLD = timedelta(hours=1)
NAMELESS = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One member came or went."""

    user_id: int
    username: str
    """Empty: not said."""
    is_in: bool
    at: datetime
    unseen: bool = False
    """Found in a snapshot: it happened while nobody looked."""
    private: bool = False
    """Of somebody who wants nothing kept about them: they are called out to nobody, as if they were not there."""


@dataclass(frozen=True, slots=True)
class State:
    users: Mapping[int, str] = field(default_factory=dict)
    """Who is in the channel, in the order in which they came, with their names."""
    seen_at: datetime | None = None
    """When it was known last that this is true. None: never, there was no snapshot yet."""


def changes(steps: Iterable[Step]) -> Iterator[Sequence[Step]]:
    for unseen, together in groupby(steps, key=lambda step: step.at if step.unseen else None):
        if unseen is None:
            yield from ((step,) for step in together)
        else:
            yield tuple(together)


def apply(state: State, change: Sequence[Step]) -> tuple[State, list[Callout]]:
    after = dict(state.users)
    left: dict[int, Step] = {}
    for step in change:
        if not step.is_in:
            after.pop(step.user_id, None)
            left[step.user_id] = step
        elif not step.private:
            after.setdefault(step.user_id, step.username or NAMELESS)
    at = change[-1].at
    now = State(after, max(at, state.seen_at or at))
    if change[0].unseen and _is_too_old(state, at):
        return now, []
    return now, list(_callouts(state.users, after, left, at))


def look_again(state: State, users: Mapping[int, str], at: datetime) -> State:
    """It is known *at* that moment that the ledger, which says *users*, is true."""
    if state.seen_at is None:
        return State(users, at)
    return replace(state, seen_at=max(at, state.seen_at))


def _is_too_old(state: State, at: datetime) -> bool:
    return state.seen_at is None or at - state.seen_at > TOO_OLD


def _callouts(
    before: Mapping[int, str], after: Mapping[int, str], left: Mapping[int, Step], at: datetime
) -> Iterator[Callout]:
    for user_id, username in after.items():
        if user_id not in before:
            yield Callout(Type.NEW_USER, at, (Person(user_id, username),))
    for user_id, username in before.items():
        if user_id not in after and not left[user_id].private:
            name = left[user_id].username or username
            yield Callout(Type.USER_LEFT, at, (Person(user_id, name),))
    if after and not before:
        people = tuple(Person(*each) for each in after.items())
        yield Callout(Type.USERS_CONNECTED, at, people)
    elif before and not after:
        yield Callout(Type.USERS_LEFT, at)
