"""Keeps secrets so that whoever reads the database alone cannot use them."""

from __future__ import annotations

from .vault import CannotOpen, Vault, keys_of

__all__ = ["CannotOpen", "Vault", "keys_of"]
