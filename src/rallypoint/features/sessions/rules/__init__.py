"""Decisions about sessions. Pure: no database, no Discord, no clock."""
