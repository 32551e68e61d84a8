"""Schedules on the dashboard: those of a server, and those of the program."""
