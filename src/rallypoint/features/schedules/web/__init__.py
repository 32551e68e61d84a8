"""Schedules over HTTP, for programs."""

from __future__ import annotations

from .guilds import routes as guild_routes
from .program import routes as program_routes

__all__ = ["guild_routes", "program_routes"]
