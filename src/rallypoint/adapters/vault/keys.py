from __future__ import annotations

import os
import secrets
from pathlib import Path

from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.settings import Settings
from rallypoint.kernel.settings.web import SHORTEST_KEY

FILE = "secret.key"


def keys_of(settings: Settings, *, may_make: bool = True) -> list[str]:
    """Those that were set, or the one in the data folder, which is made at first. Raise CannotStart.

    Not *may_make*: what another machine's program could not open must not be sealed here.
    """
    if settings.secret_keys is not None:
        return [each.strip() for each in settings.secret_keys.get_secret_value().split(",")]
    file = settings.data / FILE
    if not may_make and not file.exists():
        raise CannotStart(
            f"the key for secrets, {file}, is not there; do this where the program runs, with its data folder,"
            " or set RALLYPOINT_SECRET_KEYS as it is set there"
        )
    try:
        key = _read_or_make(file)
    except OSError as error:
        raise CannotStart(
            f"the key for secrets, {file}, cannot be kept ({error.strerror});"
            " let this user write there, or set RALLYPOINT_SECRET_KEYS"
        ) from None
    if len(key) < SHORTEST_KEY:
        raise CannotStart(
            f"{file} holds no key; put the old one back, or remove it: then everybody logs in anew,"
            " and destinations need their addresses and secrets anew"
        )
    return [key]


def _read_or_make(file: Path) -> str:
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii", errors="replace").strip()
    with open(made, "w", encoding="ascii") as stream:
        key = secrets.token_urlsafe(48)
        stream.write(key + "\n")
    return key
