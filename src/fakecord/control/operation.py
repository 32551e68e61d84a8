"""One line of the control door's table, and what its handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from fakecord.core import Core


class Ask(BaseModel):
    """A body: a field nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(Exception):
    """A no of the control door: HTTP status, a code for programs, words for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Request:
    core: Core
    args: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None

    def number(self, name: str, default: float) -> float:
        text = self.query.get(name)
        if text is None:
            return default
        try:
            return float(text)
        except ValueError as error:
            raise Problem(400, "bad_query", f"{name} must be a number, not {text!r}") from error


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    """Below `/_control`."""
    handler: Callable[[Request], Awaitable[object]]
    summary: str
    body: Any = None
    answer: Any = dict[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)
    """Names of query parameters, and what they do."""

    @cached_property
    def reader(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.body)

    @cached_property
    def writer(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.answer)
