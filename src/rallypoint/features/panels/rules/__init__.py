"""Decisions about what people may do with rooms. Pure."""
