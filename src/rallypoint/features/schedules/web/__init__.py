"""Schedules over HTTP, for programs and for people."""

from __future__ import annotations

from .guilds import routes as guild_routes
from .pages import program_section, section
from .program import routes as program_routes

__all__ = ["guild_routes", "program_routes", "program_section", "section"]
