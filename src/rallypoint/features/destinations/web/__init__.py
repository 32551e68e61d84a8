"""Destinations and what was sent to them over HTTP, for programs."""

from .routes import routes

__all__ = ["routes"]
