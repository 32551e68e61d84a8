"""Keeps secrets so that whoever reads the database alone cannot use them. Each database is opened with one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.ext.asyncio import AsyncSession

from .secrecy import SECRECY

LENT = "rallypoint.vault"
"""In what a session knows."""
MOST_DERIVED = 1024


class CannotOpen(Exception):
    """It was sealed by a key we do not have, for another purpose, or too long ago; or it is nothing of ours."""


class Vault:
    """The first key seals, all of them open: so one can be replaced while what the old one sealed is still good.

    What was sealed for one *purpose*, such as a row, opens for no other. *keys* may be a function: asked when something
    is sealed or opened for the first time, it may raise CannotStart.
    """

    def __init__(self, keys: Sequence[str] | Callable[[], Sequence[str]]) -> None:
        self._given = keys

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

    def seal_text(self, text: str, *, purpose: str, now: datetime) -> str:
        return self.seal(text.encode(), purpose=purpose, now=now).decode()

    def open_text(self, sealed: str, *, purpose: str) -> str:
        """Raise CannotOpen."""
        try:
            return MultiFernet(self._fernets(purpose)).decrypt(sealed).decode()
        except InvalidToken:
            raise CannotOpen from None

    def is_of_first_key(self, sealed: str, *, purpose: str) -> bool:
        try:
            self._fernets(purpose)[0].decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def unlock(self) -> None:
        """Have the keys ready. Raise CannotStart."""
        assert self._keys

    @cached_property
    def _keys(self) -> Sequence[bytes]:
        keys = self._given() if callable(self._given) else self._given
        SECRECY.remember(*keys)
        return [key.encode() for key in keys]

    def _fernets(self, purpose: str) -> list[Fernet]:
        return [_fernet(key, purpose) for key in self._keys]


def vault_of(session: AsyncSession) -> Vault:
    """Of the database it is a session of."""
    vault: Vault = session.info[LENT]
    return vault


@lru_cache(MOST_DERIVED)
def _fernet(key: bytes, purpose: str) -> Fernet:
    info = f"rallypoint {purpose}".encode()
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))
