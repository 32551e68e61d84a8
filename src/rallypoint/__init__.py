"""Rallypoint: voice rooms, game sessions and tournaments for a Discord community, in one self-hosted program."""

__version__ = "0.1.0"
