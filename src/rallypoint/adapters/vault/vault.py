from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.secrecy import SECRECY
from rallypoint.kernel.settings import Settings
from rallypoint.kernel.settings.web import SHORTEST_KEY

FILE = "secret.key"


class CannotOpen(Exception):
    """It was sealed by a key we do not have, for another purpose, or too long ago; or it is nothing of ours."""


class Vault:
    """The first key seals, all of them open: so one can be replaced while what the old one sealed is still good.

    What was sealed for one *purpose*, such as a row, opens for no other.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in keys]
        SECRECY.remember(*keys)

    def seal(self, data: bytes, *, purpose: str, now: datetime) -> bytes:
        return self._fernets(purpose)[0].encrypt_at_time(data, int(now.timestamp()))

    def open(
        self, sealed: bytes, *, purpose: str, now: datetime, within: timedelta | None = None
    ) -> bytes:
        """Raise CannotOpen."""
        fernets = MultiFernet(self._fernets(purpose))
        try:
            if within is None:
                return fernets.decrypt(sealed)
            seconds = int(within.total_seconds())
            return fernets.decrypt_at_time(sealed, seconds, int(now.timestamp()))
        except InvalidToken:
            raise CannotOpen from None

    def _fernets(self, purpose: str) -> list[Fernet]:
        return [Fernet(_derived(key, purpose)) for key in self._keys]


def keys_of(settings: Settings) -> list[str]:
    """Those that were set, or the one in the data folder, which is made at first. Raise CannotStart."""
    if settings.secret_keys is not None:
        return [each.strip() for each in settings.secret_keys.get_secret_value().split(",")]
    file = settings.data / FILE
    try:
        key = _read_or_make(file)
    except OSError as error:
        raise CannotStart(
            f"the key for secrets, {file}, cannot be kept ({error.strerror});"
            " let this user write there, or set RALLYPOINT_SECRET_KEYS"
        ) from None
    if len(key) < SHORTEST_KEY:
        raise CannotStart(
            f"{file} holds no key; put the old one back, or remove it: then everybody logs in anew"
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


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"rallypoint {purpose}".encode()
    return base64.urlsafe_b64encode(HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(key))
