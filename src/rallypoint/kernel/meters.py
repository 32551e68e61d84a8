"""What features have measured, for those who watch the program by its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    value: float
    """With a count: the sum, in seconds."""
    labels: Mapping[str, str] = field(default_factory=dict)
    count: float | None = None
    """Of what took that long all together. None: it is a plain figure."""


@dataclass(frozen=True, slots=True)
class Meter:
    name: str
    """As it is published: a contract once released."""
    words: str
    samples: tuple[Sample, ...]
