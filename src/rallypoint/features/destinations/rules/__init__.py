"""Decisions of this feature. Pure."""
