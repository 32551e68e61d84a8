"""Rooms in Discord: `/room …`, the panel's buttons, and what the gateway tells of channels."""

from .aliases import Aliases
from .cog import Rooms

__all__ = ["Aliases", "Rooms"]
