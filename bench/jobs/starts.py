"""When a handler was started, written down by the handler: the same for every engine, and cheap beside what any does.

A memory-mapped file for each process: no system call for a record, nothing lost when the process is killed.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

RECORD = struct.Struct("<qdd")
MOST = 400_000
"""Records of one process; the file is sparse."""


@dataclass(frozen=True, slots=True)
class Start:
    number: int
    """Of the job."""
    due: float
    at: float

    @property
    def late(self) -> float:
        return self.at - self.due


class Writer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open()
        # A worker that forks has a file for each child.
        os.register_at_fork(after_in_child=self._open)

    def _open(self) -> None:
        with (self._folder / f"{os.getpid()}-{time.time_ns()}.starts").open("w+b") as file:
            file.truncate(MOST * RECORD.size)
            self._map = mmap.mmap(file.fileno(), MOST * RECORD.size)
        self._next = count()

    def note(self, number: int, due: float) -> None:
        RECORD.pack_into(self._map, next(self._next) * RECORD.size, number, due, time.time())


def read(folder: Path) -> list[Start]:
    """Of all processes, each process's in the order they were written."""
    return [start for path in sorted(folder.glob("*.starts")) for start in _of_file(path)]


def counted(folder: Path) -> int:
    """How many there are, without reading them: this is asked often while others are measured."""
    return sum(_filled(path) for path in folder.glob("*.starts"))


def _of_file(path: Path) -> Iterator[Start]:
    with path.open("rb") as file:
        data = file.read(_filled(path) * RECORD.size)
    for record in RECORD.iter_unpack(data):
        yield Start(*record)


def _filled(path: Path) -> int:
    """By halves: what is not written yet is zero, and no time is."""
    with path.open("rb") as file:
        least, most = 0, MOST
        while least < most:
            middle = (least + most) // 2
            record = os.pread(file.fileno(), RECORD.size, middle * RECORD.size)
            if len(record) == RECORD.size and RECORD.unpack(record)[2]:
                least = middle + 1
            else:
                most = middle
    return least
