"""Subscriptions over HTTP, for programs."""

from .routes import event_routes, routes
from .trials import trial_routes

__all__ = ["event_routes", "routes", "trial_routes"]
