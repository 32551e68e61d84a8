"""Subscriptions over HTTP, for programs and for people."""

from .pages import section
from .routes import event_routes, routes
from .trials import trial_routes

__all__ = ["event_routes", "routes", "section", "trial_routes"]
