"""Upkeep, one chore a module."""
