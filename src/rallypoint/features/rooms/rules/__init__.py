"""Decisions about rooms. Pure: no database, no Discord, no clock."""
