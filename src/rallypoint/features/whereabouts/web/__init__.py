"""Who is in voice, over HTTP, for programs: as it is, and as it changes."""

from .routes import routes

__all__ = ["routes"]
