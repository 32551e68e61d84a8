"""Subscriptions over HTTP, for programs."""

from .routes import event_routes, routes

__all__ = ["event_routes", "routes"]
