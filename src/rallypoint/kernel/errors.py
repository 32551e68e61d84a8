"""Every way a use case can say no.

RallypointError
├── Refused          a person can act on it; never alarms
│   ├── NotFound     it does not exist, or this person may not know that it does
│   ├── Forbidden    it may be seen, but not done
│   └── Conflict     the request fights with the present state
├── Unavailable      the outside world failed; the same call may succeed later
│   └── OutcomeUnknown   it failed in a way that leaves open whether it was carried out
└── CannotStart      the program cannot run as it is set up

A `Refused` carries a code and its facts, no words: the feature's `texts` has them, each edge says them in its way.
"""

from __future__ import annotations

from datetime import timedelta


class RallypointError(Exception):
    """Base of every error this program raises on purpose."""


class Refused(RallypointError):
    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.facts.items())])


class NotFound(Refused):
    pass


class Forbidden(Refused):
    pass


class Conflict(Refused):
    pass


class Unavailable(RallypointError):
    def __init__(self, message: str, *, retry_in: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_in = retry_in


class OutcomeUnknown(Unavailable):
    pass


class CannotStart(RallypointError):
    """The message is one line for the operator: what is wrong and what to do."""
