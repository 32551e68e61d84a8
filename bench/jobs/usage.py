"""What a session of processes costs, as Linux tells it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
GONE = (FileNotFoundError, ProcessLookupError)


def members(session: int) -> list[int]:
    """The processes of a session: a worker and what it started."""
    found = []
    for path in PROC.glob("[0-9]*"):
        with suppress(*GONE):
            # After the name, which may hold anything: state, parent, group, session.
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(path.name))
    return found


def cpu_seconds(session: int) -> float:
    """By the scheduler's own account, in nanoseconds: an idle worker uses less than one tick of the clock."""
    total = 0
    for process in members(session):
        for task in (PROC / str(process) / "task").glob("*"):
            with suppress(*GONE):
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def resident(session: int) -> float:
    """MB. What forked children share with their parent is counted once: theirs is what they have for themselves."""
    total = 0
    for process in members(session):
        with suppress(*GONE, PermissionError):
            total += _private(process) if process != session else _resident(process)
    return total / 1e6


def _resident(process: int) -> int:
    pages = int((PROC / str(process) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _private(process: int) -> int:
    lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith("kB")}
    return 1024 * (int(sizes["Private_Clean"]) + int(sizes["Private_Dirty"]))
