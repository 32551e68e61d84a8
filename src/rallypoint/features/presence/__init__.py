"""The voice ledger: who is in which voice channel since when, kept from gateway events and raw snapshots.

It never believes discord.py's cache: that keeps ghosts after an outage and leaves out members it has not cached.
"""
