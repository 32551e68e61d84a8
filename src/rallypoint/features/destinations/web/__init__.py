"""Destinations and what was sent to them over HTTP, for programs and for people."""

from .pages import section as destinations_section
from .routes import routes
from .sent import section as log_section

__all__ = ["destinations_section", "log_section", "routes"]
