"""Puts the program together: the only package that knows everybody."""

from .catalogue import FEATURES

__all__ = ["FEATURES"]
