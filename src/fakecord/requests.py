"""The log of what was asked of REST."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from fakecord.entities import Json

KEPT = 10_000
Listener = Callable[["Request", int, bytes], None]


@dataclass(slots=True)
class Request:
    id: int
    at: float
    method: str
    path: str
    route: str | None
    """The template; None where there is no such route."""
    reason: str | None = None
    status: int | None = None
    """None while it is under way, and for good if the caller gave up or was cut off."""
    code: int | None = None
    """Of the refusal, if it was one."""
    done: bool = False
    """Whether the work was carried out, whatever the caller was told."""
    body: object = None

    def __str__(self) -> str:
        code = f" ({self.code})" if self.code else ""
        reason = f" [{self.reason}]" if self.reason else ""
        return f"{self.method} {self.path} → {self.status or 'no answer'}{code}{reason}"

    def as_json(self) -> Json:
        return asdict(self)


class RequestLog:
    def __init__(self) -> None:
        self._kept: deque[Request] = deque(maxlen=KEPT)
        self._count = 0
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call *listener* with each request, and status and body of the answer to it.

        It is told of them before a fault has its way with them.
        """
        if listener not in self._listeners:
            self._listeners.append(listener)

    def answered(self, request: Request, status: int, body: bytes) -> None:
        for listener in self._listeners:
            listener(request, status, body)

    def begin(self, at: float, method: str, path: str, route: str | None) -> Request:
        self._count += 1
        request = Request(self._count, at, method, path, route)
        self._kept.append(request)
        return request

    def __iter__(self) -> Iterator[Request]:
        return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def after(self, request_id: int) -> list[Request]:
        return [request for request in self._kept if request.id > request_id]

    def matching(self, method: str, route: str) -> list[Request]:
        """By route template: ``matching("POST", "/guilds/{guild_id}/channels")``."""
        return [each for each in self._kept if each.method == method and each.route == route]

    def clear(self) -> None:
        self._kept.clear()
